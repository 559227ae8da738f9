"""The ``Connection`` of verbs over sqlite3. Nothing in it waits: ``connection.drive`` carries a verb out at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from ..connection import Row, storable
from ..texts import Ready


class Link:
    def __init__(self, db: sqlite3.Connection, texts: Mapping[str, Ready]) -> None:
        self._db, self._texts = db, texts

    def _rows(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        sql, pick = self._texts[name]
        # all rows are fetched always: a statement that still stands open would hinder COMMIT
        try:
            return self._db.execute(sql, pick(values)).fetchall()
        except UnicodeEncodeError:
            return self._db.execute(sql, storable(pick(values))).fetchall()

    async def one(self, name: str, /, **values: Any) -> Row | None:
        rows = self._rows(name, values)
        return rows[0] if rows else None

    async def all(self, name: str, /, **values: Any) -> list[Row]:
        return self._rows(name, values)

    async def run(self, name: str, /, **values: Any) -> None:
        self._rows(name, values)

    async def many(self, name: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        sql, pick = self._texts[name]
        self._db.executemany(sql, [storable(pick(row)) for row in rows])
