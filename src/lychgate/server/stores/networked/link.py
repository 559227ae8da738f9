"""The ``Connection`` of verbs over asyncpg."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..connection import Row, storable
from ..texts import Ready


class Link:
    """``raw`` is a connection of asyncpg's, ``timeout`` in seconds for each statement (None: the connection's own)."""

    def __init__(self, raw: Any, texts: Mapping[str, Ready], timeout: float | None = None) -> None:
        self._raw, self._texts, self._timeout = raw, texts, timeout

    async def one(self, name: str, /, **values: Any) -> Row | None:
        sql, pick = self._texts[name]
        row: Row | None = await self._raw.fetchrow(sql, *storable(pick(values)), timeout=self._timeout)
        return row

    async def all(self, name: str, /, **values: Any) -> list[Row]:
        sql, pick = self._texts[name]
        return list(await self._raw.fetch(sql, *storable(pick(values)), timeout=self._timeout))

    async def run(self, name: str, /, **values: Any) -> None:
        await self.one(name, **values)

    async def many(self, name: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        sql, pick = self._texts[name]
        await self._raw.executemany(sql, [storable(pick(row)) for row in rows], timeout=self._timeout)
