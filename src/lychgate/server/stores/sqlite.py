"""SQLite: one file in the data folder, in WAL mode with synchronous=FULL.

Points are read on the event loop, scans in a thread of their own, writes in one thread that lets those which are
already waiting share a transaction. Several processes may have the file open; each opens it after it was forked.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from lychgate.kernel.errors import ConfigError

from .connection import drive
from .embedded import place
from .embedded.backup import copy
from .embedded.faults import translated
from .embedded.link import Link
from .embedded.writer import Writer
from .repertoire import Act, Repertoire
from .schema import fits
from .store import StoreUnavailable
from .texts import load

R = TypeVar("R")


def file_of(url: str) -> Path:
    """The file of ``sqlite:///relative`` or ``sqlite:////absolute``. Raises ``ConfigError`` where none is named."""
    host, _, path = url.removeprefix("sqlite://").partition("/")
    if host or not path:
        raise ConfigError("an SQLite database is named sqlite:///PATH, with three slashes", field="database")
    return Path(unquote(path))


def from_url(url: str) -> SQLite:
    return SQLite(file_of(url))


def shown(url: str) -> str:
    return str(file_of(url))


def revision(url: str) -> str | None:
    """The schema's revision, None where there are no tables (or no file) yet."""
    return _revision(file_of(url))


def backup(url: str, target: Path) -> None:
    """A whole copy, as ``embedded.backup.copy`` makes it."""
    copy(file_of(url), target)


def _revision(file: Path) -> str | None:
    if not file.exists():
        return None
    place.check(file)
    db = place.connect(file, read_only=True)
    try:
        found = db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise translated(error, file) from None
    finally:
        db.close()
    return None if found is None else str(found[0])


class SQLite(Repertoire):
    """The store in ``file``, of one event loop at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connections: list[sqlite3.Connection] = []
        self._points: Link | None = None
        self._moved = asyncio.Event()

    def __repr__(self) -> str:
        return f"SQLite({self._file})"

    async def open(self) -> None:
        """Raises ``ConfigError`` for a place or schema that does not fit, ``StoreUnavailable`` for a broken file."""
        place.check(self._file)
        fits(_revision(self._file), str(self._file))
        texts = load("sqlite")
        points, scans, writes = (self._connect(read_only=read_only) for read_only in (True, True, False))
        self._scans, self._scanner = Link(scans, texts), ThreadPoolExecutor(1, "lychgate-reader")
        self._writer = Writer(self._file, writes, Link(writes, texts), self._moved.set)
        self._points = Link(points, texts)

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        db = place.connect(self._file, read_only=read_only)
        self._connections.append(db)
        return db

    async def close(self) -> None:
        """What waits is written first."""
        if self._points is not None:
            self._points = None
            await asyncio.to_thread(self._writer.close)
            self._scanner.shutdown()
        while self._connections:
            self._connections.pop().close()

    async def wait_for_change(self, seconds: float) -> None:
        """Return after ``seconds``, or sooner when this process has written a row of the change feed."""
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return
        self._moved.clear()

    def _opened(self) -> Link:
        if self._points is None:
            raise StoreUnavailable(f"the database {self._file} is not open")
        return self._points

    async def _point(self, act: Act[R]) -> R:
        try:
            return drive(act(self._opened()))
        except sqlite3.Error as error:
            raise translated(error, self._file) from None

    def _look(self, act: Act[R]) -> R:
        try:
            return drive(act(self._scans))
        except sqlite3.Error as error:
            raise translated(error, self._file) from None

    async def _scan(self, act: Act[R]) -> R:
        self._opened()
        return await asyncio.get_running_loop().run_in_executor(self._scanner, self._look, act)

    async def _write(self, act: Act[R]) -> R:
        self._opened()
        return await self._writer.write(act)
