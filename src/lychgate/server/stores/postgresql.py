"""PostgreSQL 15 or newer: when one machine is not enough.

A pool of connections; a write is one transaction. A connection that turns out to be dead is replaced and the verb
carried out anew, as long as its COMMIT was not sent: what was not committed has not happened.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import asyncpg

from lychgate.kernel.errors import ConfigError

from .networked.address import connect, opening, options
from .networked.address import shown as shown
from .networked.faults import AGAIN, LOST, translated
from .networked.line import Line
from .networked.link import Link
from .repertoire import Act, Repertoire
from .schema import fits
from .store import StoreUnavailable
from .texts import load

R = TypeVar("R")
SIZE = 8  # connections of a worker
TRIES = 3
_PATIENCE = 5.0  # seconds that a verb waits for a free connection
_SCAN = 60.0  # seconds for a statement that may read a whole table
Raw: TypeAlias = Any  # a connection of the pool: asyncpg has no types


class _Quiet(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection of the pool that is not reset between two verbs: none of them leaves anything behind."""

    def get_reset_query(self) -> str:
        return ""


def from_url(url: str) -> PostgreSQL:
    return PostgreSQL(url)


def revision(url: str) -> str | None:
    """The schema's revision, None where there are no tables yet. It blocks."""
    return asyncio.run(_revision(url))


def backup(url: str, target: Path) -> None:
    """PostgreSQL has a better tool for it. Raises ``ConfigError``."""
    raise ConfigError(f"PostgreSQL copies a database by its own pg_dump: pg_dump -Fc -f {target} ...", field="database")


async def _revision(url: str) -> str | None:
    connection = await connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return found
    finally:
        await connection.close()


class PostgreSQL(Repertoire):
    """The store at ``url`` (``postgresql://USER:PASSWORD@HOST:PORT/NAME``), of the event loop that opened it."""

    def __init__(self, url: str) -> None:
        self._url, self._shown = url, shown(url)
        self._pool: Any = None

    def __repr__(self) -> str:
        return f"PostgreSQL({self._shown})"

    async def open(self) -> None:
        """Raises ``ConfigError`` for a database that does not fit, ``StoreUnavailable`` for one that is away."""
        fits(await _revision(self._url), self._shown)
        self._texts, self._line = load("postgresql"), Line(self._url)
        with opening(self._url):
            self._pool = await asyncpg.create_pool(
                **options(self._url), min_size=0, max_size=SIZE, connection_class=_Quiet
            )

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        await self._line.close()
        try:
            await asyncio.wait_for(pool.close(), _PATIENCE)
        except (*LOST, TimeoutError):
            pool.terminate()

    async def wait_for_change(self, seconds: float) -> None:
        """Return after ``seconds``, or sooner when the database says that the change feed has moved."""
        await self._line.wait(seconds)

    def _opened(self) -> Any:
        if self._pool is None:
            raise StoreUnavailable(f"the database {self._shown} is not open")
        return self._pool

    async def _point(self, act: Act[R]) -> R:
        return await self._carry_out(lambda raw: act(Link(raw, self._texts)))

    async def _scan(self, act: Act[R]) -> R:
        return await self._carry_out(lambda raw: act(Link(raw, self._texts, _SCAN)))

    async def _write(self, act: Act[R]) -> R:
        return await self._carry_out(lambda raw: self._transaction(raw, act))

    async def _transaction(self, raw: Raw, act: Act[R]) -> R:
        transaction = raw.transaction()
        await transaction.start()
        try:
            value = await act(Link(raw, self._texts))
        except BaseException:
            with contextlib.suppress(*LOST):
                await transaction.rollback()
            raise
        try:
            await transaction.commit()
        except LOST as error:  # it may have been committed: never carried out anew
            raise translated(error, self._shown) from None
        return value

    async def _carry_out(self, turn: Callable[[Raw], Awaitable[R]]) -> R:
        """Have a turn on a connection; on another one where nothing came of it."""
        for left in reversed(range(TRIES)):
            pool = self._opened()
            try:
                async with pool.acquire(timeout=_PATIENCE) as raw:
                    return await turn(raw)
            except AGAIN as error:
                if not left or isinstance(error, TimeoutError):
                    raise translated(error, self._shown) from None
                if isinstance(error, LOST):
                    await pool.expire_connections()  # the others of the pool are likely as dead
            except asyncpg.PostgresError as error:
                raise translated(error, self._shown) from None
        raise AssertionError("the last try returns or raises")
