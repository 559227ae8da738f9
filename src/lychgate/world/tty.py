"""Asking at a terminal, with a deadline: the terminal is read a glance at a time, so that no wait is for ever."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Iterator

try:
    import termios
except ImportError:  # not a POSIX system
    termios = None  # type: ignore[assignment]  # asked for before each use

GLANCE = 0.2  # seconds between two looks whether the time is over
LONGEST = 16 * 1024  # bytes of one answer


class NoAnswer(Exception):
    """Nobody answered in time, the terminal is gone, or whoever asked no longer wants to know."""


def ask(prompt: str, *, secret: bool, seconds: float, stop: threading.Event) -> str:
    """One line from the person at the terminal, not echoed if ``secret``. Raises ``NoAnswer``."""
    with _terminal() as (reads, writes), _silent(reads) if secret else contextlib.nullcontext():
        os.write(writes, shown(prompt).encode())  # after the echo is off: who types at once is not seen
        try:
            return _line(reads, time.monotonic() + seconds, stop)
        finally:
            if secret:
                os.write(writes, b"\n")  # the person's own was not echoed


def shown(text: str) -> str:
    """``text`` without what a terminal would take for a command."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    """Descriptors to read from and write to: standard input and error, or the terminal that the process belongs to."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        if sys.stdin.isatty():
            writes = sys.stderr.fileno() if sys.stderr.isatty() else sys.stdin.fileno()
            yield sys.stdin.fileno(), writes
            return
    try:
        handle = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise NoAnswer("there is no terminal") from None
    try:
        yield handle, handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _silent(handle: int) -> Iterator[None]:
    if termios is None:
        raise NoAnswer("a secret can only be typed unseen at a POSIX terminal")
    before = termios.tcgetattr(handle)
    quiet = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    try:
        termios.tcsetattr(handle, termios.TCSAFLUSH, quiet)
        yield
    finally:
        termios.tcsetattr(handle, termios.TCSAFLUSH, before)


def _line(handle: int, deadline: float, stop: threading.Event) -> str:
    read = b""
    while not read.endswith((b"\n", b"\r")):
        left = deadline - time.monotonic()
        if left <= 0 or stop.is_set() or len(read) > LONGEST:
            raise NoAnswer("nobody answered in time")
        if not select.select([handle], [], [], min(left, GLANCE))[0]:
            continue
        piece = os.read(handle, 4096)
        if not piece:
            raise NoAnswer("the terminal was closed")
        read += piece
    return read.decode("utf-8", "replace").strip("\r\n")
