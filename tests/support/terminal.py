"""A program run at a terminal of its own (a pty), as a person would see it and type into it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07|\r")


class Terminal:
    """What runs at it is ``process``; ``seen`` is all that was written to it, without the control sequences."""

    def __init__(self, process: subprocess.Popen[bytes], handle: int) -> None:
        self.process, self._handle, self._raw = process, handle, b""

    @property
    def seen(self) -> str:
        return _CONTROL.sub("", self._raw.decode("utf-8", "replace"))

    def wait_for(self, pattern: str, seconds: float = 20) -> re.Match[str]:
        """Read until ``pattern`` is seen; fails with all that was seen after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.seen)
            if found:
                return found
            if not self._read():
                break
        raise AssertionError(f"{pattern!r} was not seen in:\n{self.seen}")

    def type(self, text: str) -> None:
        os.write(self._handle, text.encode())

    def end(self, seconds: float = 20) -> int:
        """Read until the program ends; its exit status."""
        deadline = time.monotonic() + seconds
        while self._read() and time.monotonic() < deadline:
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def _read(self) -> bool:
        if not select.select([self._handle], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            piece = os.read(self._handle, 65536)
        except OSError:  # the other end is closed
            return False
        self._raw += piece
        return bool(piece)


@contextlib.contextmanager
def at_terminal(
    *words: str, env: Mapping[str, str] | None = None, without: tuple[str, ...] = (), size: tuple[int, int] = (40, 120)
) -> Iterator[Terminal]:
    """Run ``words`` at a terminal of ``size`` (lines, columns), with ``env`` added and ``without`` taken out."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    taken = {"CI", "GITHUB_ACTIONS", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", *without}
    around = {name: value for name, value in os.environ.items() if name not in taken}
    around |= {"TERM": "xterm-256color", "PYTHONUNBUFFERED": "1", **(env or {})}
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=around, start_new_session=True)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        os.close(ours)


@contextlib.contextmanager
def python_at_terminal(script: str, **more: object) -> Iterator[Terminal]:
    """The same for a Python script, given as text."""
    with at_terminal(sys.executable, "-c", script, **more) as terminal:  # type: ignore[arg-type]  # passed through
        yield terminal
