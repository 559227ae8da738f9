"""A person's SSH key, and where the machine has OpenSSH, an agent that holds it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lychgate

from .story import StepFailed

PATIENCE = 10.0  # seconds
PROGRAMS = ("ssh-agent", "ssh-add", "ssh-keygen")


@contextmanager
def held_key(folder: Path) -> Iterator[tuple[Any, Path, str]]:
    """(what signs, the file of the public key, where the private one is); the agent ends with the block."""
    if not all(map(shutil.which, PROGRAMS)):
        yield (*_in_a_file(folder), "in a file, since there is no OpenSSH here")
        return
    place, key = folder / "agent", folder / "id_ed25519"
    words = ["ssh-agent", "-D", "-a", str(place)]
    agent = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  the user's own
    try:
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada's laptop", "-f", str(key))
        deadline = time.monotonic() + PATIENCE
        while not place.exists():
            if time.monotonic() > deadline or agent.poll() is not None:
                raise StepFailed("the ssh-agent did not start")
            time.sleep(0.01)
        _run("ssh-add", "-q", str(key), socket=str(place))
        key.unlink()
        yield lychgate.SshAgent(socket=str(place)), key.with_name("id_ed25519.pub"), "in an ssh-agent alone"
    finally:
        agent.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            agent.wait(PATIENCE)


def _in_a_file(folder: Path) -> tuple[Any, Path]:
    from lychgate.oauth import jose

    key, public = jose.generate("EdDSA"), folder / "key.pub"
    public.write_bytes(key.as_pem(private=False))
    return lychgate.Secret(key.as_pem(private=True).decode()), public


def _run(*words: str, socket: str = "") -> None:
    environment = {**os.environ, **({"SSH_AUTH_SOCK": socket} if socket else {})}
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)  # noqa: S603  the user's own
    if done.returncode != 0:
        raise StepFailed(f"{words[0]} failed: {done.stderr.decode().strip()}")
