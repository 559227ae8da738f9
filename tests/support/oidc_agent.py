"""Debian's oidc-agent: an agent of our own in a folder of its own, and its commands, each with a bound on its time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.node import free_port
from support.peers import needs
from support.processes import until

PATIENCE = 60.0  # seconds for a command
PASSWORD = "of-the-agents-files"


@dataclass(frozen=True)
class Agent:
    """``env`` leads its commands to it, ``folder`` holds its files."""

    env: dict[str, str]
    folder: Path

    def run(self, *words: str) -> str:
        """What a command prints on its standard output; fails with what it said where it failed."""
        made = subprocess.run(
            words, env=self.env, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
        )
        assert made.returncode == 0, (
            f"{words[0]}: status {made.returncode}\n{made.stdout[-1500:]}\n{made.stderr[-1500:]}"
        )
        return made.stdout

    def password(self) -> str:
        """The option that has a command read the password of the agent's files."""
        return f"--pw-file={self.folder / 'password'}"

    @contextmanager
    def generating(self, name: str, *words: str) -> Iterator[Generation]:
        """``oidc-gen NAME``, which goes on while a person acts."""
        line = ["oidc-gen", name, self.password(), "--no-url-call", "--confirm-default", "--prompt=none", *words]
        with subprocess.Popen(
            line, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            bound = threading.Timer(PATIENCE, process.kill)
            bound.start()
            try:
                yield Generation(process)
            finally:
                bound.cancel()
                process.kill()


class Generation:
    """A login that has been asked for: reads what the command says to its person."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._said = process, list[str]()

    def wait_for(self, pattern: str) -> str:
        """The first group of ``pattern`` in a line that it says."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"oidc-gen never said {pattern}:\n{''.join(self._said)[-2000:]}")

    def end(self, status: int = 0) -> str:
        """It ends with ``status``; gives all that it said."""
        assert self._process.stdout is not None
        self._said += self._process.stdout
        said = "".join(self._said)
        assert self._process.wait(PATIENCE) == status, said[-2000:]
        return said


def listener_port() -> int:
    """A free port that it accepts for its listener: one that is not dynamic (RFC 6335 6)."""
    return next(port for port in iter(free_port, 0) if port < 49152)


@contextmanager
def running() -> Iterator[Agent]:
    """An agent that ends with the test."""
    needs(program="oidc-agent")
    with tempfile.TemporaryDirectory(prefix="agent-") as name:  # a short path: a socket's has at most 107 bytes
        folder = Path(name)
        (folder / "oidc").mkdir()
        (folder / "oidc" / "issuer.config").touch()
        (folder / "password").write_text(PASSWORD + "\n")
        socket = folder / "socket"
        env = {**os.environ, "HOME": name, "OIDC_CONFIG_DIR": str(folder / "oidc"), "OIDC_SOCK": str(socket)}
        with (folder / "log").open("wb") as log:
            words = ["oidc-agent", "--console", "--no-autoreauthenticate", f"--socket-path={socket}"]
            process = subprocess.Popen(
                words, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
            )
            try:
                until(lambda: socket.exists() or process.poll() is not None)
                assert process.poll() is None, (folder / "log").read_text()
                yield Agent(env, folder)
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the agent and the child that holds its secrets: the group that we began, and nothing else."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
