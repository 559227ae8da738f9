"""OpenSSH's agent: one of our own in a folder of its own, keys made by ssh-keygen, added by ssh-add."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.peers import needs
from support.processes import until

PATIENCE = 30.0  # seconds for a command
KINDS = {  # what ssh-keygen is told for a key that signs so
    "EdDSA": ("-t", "ed25519"),
    "RS256": ("-t", "rsa", "-b", "2048"),
    "ES256": ("-t", "ecdsa", "-b", "256"),
    "ES384": ("-t", "ecdsa", "-b", "384"),
    "ES512": ("-t", "ecdsa", "-b", "521"),
}


def run(*words: str, env: dict[str, str] | None = None, typed: str = "", status: int = 0) -> str:
    made = subprocess.run(
        words, env={**os.environ, **(env or {})}, input=typed, capture_output=True, text=True, timeout=PATIENCE
    )
    assert made.returncode == status, f"{words[0]}: status {made.returncode}\n{made.stdout}\n{made.stderr}"
    return made.stdout


def keygen(file: Path, alg: str = "EdDSA", passphrase: str = "", comment: str = "") -> Path:
    """A new key in ``file``; its public part is beside it in ``file.pub``."""
    needs(program="ssh-keygen")
    run("ssh-keygen", "-q", *KINDS[alg], "-N", passphrase, "-C", comment or file.name, "-f", str(file))
    return file


@dataclass(frozen=True)
class Agent:
    """``socket`` is where it answers, ``folder`` is for keys."""

    socket: Path
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        return {"SSH_AUTH_SOCK": str(self.socket)}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Locked by a passphrase while the block lasts."""
        ask = self.folder / "ask"
        ask.write_text("#!/bin/sh\necho locked-away\n")
        ask.chmod(0o700)
        env = {**self.env, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
        run("ssh-add", "-x", env=env)
        try:
            yield
        finally:
            run("ssh-add", "-X", env=env)

    def add(self, file: Path, *options: str) -> Path:
        """Add the key in ``file``."""
        run("ssh-add", "-q", *options, str(file), env=self.env)
        return file

    def make(self, alg: str = "EdDSA", comment: str = "", *options: str) -> Path:
        """A new key, added; the agent alone holds its private part then."""
        file = self.add(keygen(self.folder / f"{comment or alg}", alg, comment=comment), *options)
        file.unlink()
        return file.with_name(f"{file.name}.pub")

    def forget(self, *options: str) -> None:
        """Forget all keys, and how to be locked."""
        run("ssh-add", "-q", "-D", env=self.env)


@contextmanager
def running(*options: str, env: dict[str, str] | None = None) -> Iterator[Agent]:
    """An agent that ends with the block; without a person to ask, since it has neither terminal nor display."""
    needs(program="ssh-agent")
    with tempfile.TemporaryDirectory(prefix="ssh-") as name:  # a short path: a socket's has at most 107 bytes
        folder = Path(name)
        place = folder / "socket"
        clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "SSH_ASKPASS")} | (env or {})
        process = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(place), *options],
            env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(lambda: place.exists() or process.poll() is not None)
            assert process.poll() is None
            yield Agent(place, folder)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


@contextmanager
def forwarding(agent: Agent) -> Iterator[Path]:
    """The agent as ssh forwards it to another machine: a socket there, what passes comes in pieces of any size."""
    with tempfile.TemporaryDirectory(prefix="ssh-") as name, socket.socket(socket.AF_UNIX) as ear:
        place, over = Path(name) / "socket", threading.Event()
        ear.bind(str(place))
        ear.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                while not over.is_set():
                    here, _ = ear.accept()
                    with here, socket.socket(socket.AF_UNIX) as there:
                        there.connect(str(agent.socket))
                        there.sendall(here.recv(65536))
                        answer = there.recv(4)
                        answer += there.recv(int.from_bytes(answer, "big"), socket.MSG_WAITALL)
                        for at in range(len(answer)):
                            here.sendall(answer[at : at + 1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield place
        finally:
            over.set()
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as waker:
                waker.connect(str(place))
                waker.sendall(b"\0\0\0\1\x0b")
            thread.join(5)


@contextmanager
def pretending(answer: bytes | None) -> Iterator[Path]:
    """What takes a message at a socket and answers ``answer``, or never answers (None)."""
    with tempfile.TemporaryDirectory(prefix="ssh-") as name, socket.socket(socket.AF_UNIX) as ear:
        place, over = Path(name) / "socket", threading.Event()
        ear.bind(str(place))
        ear.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                while not over.is_set():
                    connection, _ = ear.accept()
                    with connection:
                        connection.recv(65536)
                        over.wait(20) if answer is None else connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield place
        finally:
            over.set()
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as waker:
                waker.connect(str(place))
            thread.join(5)
