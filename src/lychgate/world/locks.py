"""The lock between processes: ``flock`` where it excludes, Windows' own by ``filelock``, else a lease.

``flock`` goes with the process that holds it (kill -9 releases it) and costs microseconds. On some network file systems
it is silently ignored, so the folder is probed once with two handles; there a *lease* serves (``lease``), as it does
on a system that has neither. A lock file is never the data file.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from lychgate.kernel.errors import ConfigError

from . import posix
from .lease import Lease
from .runs import Lock

Kind = Literal["flock", "filelock", "lease"]


def _fcntl() -> Any:
    """Nothing on Windows, and in a Python that was built for a browser."""
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl


fcntl = _fcntl()
_held: set[int] = set()  # descriptors of this process's locks
_kinds: dict[Path, Kind] = {}


class Flock:
    """One try at a time, each with a handle of its own; neither call waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._owner = 0

    def try_acquire(self) -> bool:
        """Raises ``ConfigError`` where the file cannot be opened."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(f"cannot open the lock file {self._path}: {error.strerror}") from None
        if not (_try(handle) and _is_at(handle, self._path)):
            os.close(handle)
            return False
        _held.add(handle)
        self._handle, self._owner = handle, os.getpid()
        return True

    def release(self) -> None:
        handle, self._handle = self._handle, None
        if handle is None or self._owner != os.getpid():
            return
        _held.discard(handle)
        fcntl.flock(handle, fcntl.LOCK_UN)  # said, not implied by close: a child may hold a copy of the handle
        os.close(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file is still the one that others will open (somebody may tidy the folder)."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), os.stat(path))
    return False


def _after_fork() -> None:
    """A child drops the handles without unlocking: the lock stays with the parent, and with it alone."""
    for handle in _held:
        with contextlib.suppress(OSError):
            os.close(handle)
    _held.clear()


posix.in_child(_after_fork)


class Windows:
    """The system's own lock, which goes with the process too; ``filelock`` knows how it is had."""

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self._lock = FileLock(path, mode=0o600, thread_local=False)

    def try_acquire(self) -> bool:
        """Raises ``ConfigError`` where the file cannot be opened."""
        from filelock import Timeout

        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            raise ConfigError(f"cannot open the lock file {self._lock.lock_file}: {error.strerror}") from None
        return True

    def release(self) -> None:
        self._lock.release()


def lock(path: Path) -> Lock:
    """The lock file at ``path``, whose folder exists."""
    kind = kind_in(path.parent)
    if kind == "lease":
        return Lease(path.with_suffix(".lease"))
    return Flock(path) if kind == "flock" else Windows(path)


@contextlib.contextmanager
def held(wanted: Lock | None, patience: float, what: str, file: Path | None = None) -> Iterator[None]:
    """While the lock is ours (None: there is nobody to keep out).

    Raises ``ConfigError`` where another program has been ``what`` (``"writing it"``) for ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    while wanted is not None and not wanted.try_acquire():
        if time.monotonic() > deadline:
            where = None if file is None else str(file)
            raise ConfigError(f"another program has been {what} for {patience:.0f} s; try again", file=where)
        time.sleep(0.02)
    try:
        yield
    finally:
        if wanted is not None:
            wanted.release()


def kind_in(folder: Path) -> Kind:
    """What excludes in this folder; probed once and remembered for ``doctor``."""
    known = _kinds.get(folder)
    if known is None:
        known = _kinds[folder] = "filelock" if sys.platform == "win32" else "flock" if _excludes(folder) else "lease"
    return known


def _excludes(folder: Path) -> bool:
    """Whether a second handle is kept out while a first one holds the lock."""
    if fcntl is None:
        return False
    probe = folder / f".probe-{os.getpid()}-{threading.get_ident()}"
    handles: list[int] = []
    try:
        handles = [os.open(probe, os.O_RDWR | os.O_CREAT, 0o600) for _ in range(2)]
        return _try(handles[0]) and not _try(handles[1])
    except OSError:
        return False
    finally:
        for handle in handles:
            os.close(handle)
        with contextlib.suppress(OSError):
            probe.unlink()
