"""Whose turn it is to write: processes that share an SQLite file take a lock beside it for each write transaction.

Waiting in SQLite itself is polling (p99 54 ms where this has 6).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from ..store import StoreUnavailable


class Turn:
    """A context manager that waits for the turn. Of one thread; opened after a fork, never before."""

    def __init__(self, file: Path) -> None:
        lock = file.with_name("write.lock")
        try:
            self._handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"the lock {lock} cannot be opened: {error.strerror}") from None

    def __enter__(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._handle)
