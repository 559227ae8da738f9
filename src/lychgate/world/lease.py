"""A lock for file systems where ``flock`` does not exclude: a file made exclusively and touched while it is held.

No two clocks are compared: whoever waits watches the file with its own clock, and takes it over when nothing has moved
in it for ``EXPIRY`` seconds (at once where its holder was a process of this machine that is gone). Only one waiter may
break a given lease, since it must first make a file named after that lease.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from pathlib import Path

from lychgate.kernel.errors import ConfigError

EXPIRY = 10.0  # seconds without a sign of life
BEAT = 2.0  # seconds between two signs


class Lease:
    """``path`` is the lease file; a new object is made for each acquisition."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = ""
        self._stop: threading.Event | None = None
        self._owner = 0
        self._watched: tuple[str, int] = ("", 0)
        self._since = 0.0

    def try_acquire(self) -> bool:
        """Raises ``ConfigError`` where the folder cannot be written."""
        if self._make():
            return True
        if self._is_dead() and self._break():
            return self._make()
        return False

    def release(self) -> None:
        stop, self._stop = self._stop, None
        if stop is None or self._owner != os.getpid():
            return
        stop.set()
        if _read(self._path) == self._mine:
            self._path.unlink(missing_ok=True)

    def _make(self) -> bool:
        mine = f"{_here()} {os.getpid()} {secrets.token_hex(8)}"
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        except OSError as error:
            raise ConfigError(f"cannot make the lease {self._path}: {error.strerror}") from None
        os.write(handle, mine.encode())
        os.close(handle)
        self._mine, self._owner, self._stop = mine, os.getpid(), threading.Event()
        threading.Thread(target=_beat, args=(self._path, mine, self._stop), daemon=True, name="lychgate-lease").start()
        return True

    def _is_dead(self) -> bool:
        text = _read(self._path)
        with contextlib.suppress(OSError):
            seen = (text, self._path.stat().st_mtime_ns)
            if seen != self._watched:
                self._watched, self._since = seen, time.monotonic()
        return _holder_is_gone(text) or time.monotonic() - self._since > EXPIRY

    def _break(self) -> bool:
        """Remove the lease that was watched; True for the one waiter that did."""
        text, _ = self._watched
        right = self._path.with_name(f"{self._path.name}.broken-{text.rpartition(' ')[2] or 'empty'}")
        try:
            os.close(os.open(right, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.monotonic() - self._since > 2 * EXPIRY:
                    right.unlink()  # whoever had the right to break it died as well
            return False
        if _read(self._path) == text:
            self._path.unlink(missing_ok=True)
        right.unlink(missing_ok=True)
        return True


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _here() -> str:
    """This machine and its space of process numbers (containers may share a host's name)."""
    with contextlib.suppress(OSError):
        return f"{socket.gethostname()}/{os.readlink('/proc/self/ns/pid')}"
    return socket.gethostname()


def _holder_is_gone(text: str) -> bool:
    """Whether the holder was a process of this machine and is no more."""
    host, _, rest = text.partition(" ")
    pid = rest.partition(" ")[0]
    if host != _here() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _beat(path: Path, mine: str, stop: threading.Event) -> None:
    while not stop.wait(BEAT):
        if _read(path) != mine:
            return  # it was taken over: it is somebody else's to touch
        with contextlib.suppress(OSError):
            os.utime(path)
