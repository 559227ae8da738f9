"""The change feed and the audit log: what other verbs write beside what they change."""

from __future__ import annotations

from lychgate.server import clock
from lychgate.server.model import AuditRow, Change

from ..connection import Connection
from ..rows import AUDIT, CHANGE
from ..store import Audit
from ..texts import filtered

NEWEST = 2**63 - 1  # no number of a row is higher on either database


async def tell(db: Connection, kind: str, *ids: str) -> None:
    """Have every cache know, once the transaction is committed, that these have changed."""
    at = clock.now()
    for id in ids:
        await db.run("tell", at=at, kind=kind, id=id)


async def record(db: Connection, audit: Audit) -> None:
    """Write audit rows."""
    if len(audit) == 1:
        await db.run("add audit", **AUDIT.pack(audit[0]))
    elif audit:
        await db.many("add audit", [AUDIT.pack(row) for row in audit])


async def _number(db: Connection, name: str) -> int:
    row = await db.one(name)
    return 0 if row is None or row[0] is None else int(row[0])


async def last_change(db: Connection) -> int:
    return await _number(db, "last change")


async def first_change(db: Connection) -> int:
    return await _number(db, "first change")


async def changes(db: Connection, after: int, limit: int = 1000) -> list[Change]:
    return [CHANGE.unpack(row) for row in await db.all("changes", after=after, limit=limit)]


async def audit(
    db: Connection,
    *,
    after: int = 0,
    since: int = 0,
    client: str = "",
    user: str = "",
    event: str = "",
    limit: int = 100,
) -> list[AuditRow]:
    values = {"since": since, "client": client, "user": user, "event": event}
    name = filtered("audit" if after else "newest audit", values)
    rows = [AUDIT.unpack(row) for row in await db.all(name, after=min(after, NEWEST), limit=limit, **values)]
    return rows if after else rows[::-1]


async def ping(db: Connection) -> None:
    await db.one("ping")
