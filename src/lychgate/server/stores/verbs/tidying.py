"""Verbs that remove what has ended, a bounded number of rows at a time. The audit log is kept."""

from __future__ import annotations

from collections.abc import Sequence

from lychgate.server import policy

from ..connection import Connection
from .feed import last_change

PORTION = 1000  # rows a transaction
_DAY = 86_400_000  # ms
_FAMILY_KEPT = 7 * _DAY  # after its end, so that people can still see it
_CHANGE_KEPT = _DAY
_CODE_KEPT = _DAY  # after its end, so that a replay is known for one

# the statement, and how long before now what it drops has ended
PORTIONS = (
    ("tidy jti", 0),
    ("tidy tokens", 0),
    ("tidy secrets", 0),
    ("tidy failures", policy.FAILURE_WINDOW),
    ("tidy sessions", 0),
    ("tidy codes", _CODE_KEPT),
    ("tidy devices", _CODE_KEPT),
    ("tidy pushed", 0),
    ("tidy registration tokens", 0),
    ("tidy issued tokens", 0),
    ("tidy rest sessions", 0),
)


async def drop_portion(db: Connection, name: str, before: int) -> int:
    """Drop up to ``PORTION`` rows; answers how many."""
    return len(await db.all(name, before=before, limit=PORTION))


async def ended_families(db: Connection, now: int) -> list[str]:
    """Up to ``PORTION`` families over 7 days past their end: looked for apart, since this reads the whole table."""
    return [row[0] for row in await db.all("ended families", before=now - _FAMILY_KEPT, limit=PORTION)]


async def drop_families(db: Connection, ids: Sequence[str], now: int) -> None:
    await db.many("tidy family", [{"id": id, "before": now - _FAMILY_KEPT} for id in sorted(ids)])


async def drop_changes(db: Connection, now: int) -> None:
    """Drop the rows over a day old before the first that is younger; never the last row, and never one in between."""
    row = await db.one("oldest change to keep", before=now - _CHANGE_KEPT)
    keep = (row and row[0]) or await last_change(db)
    await db.run("tidy changes", seq=keep)
