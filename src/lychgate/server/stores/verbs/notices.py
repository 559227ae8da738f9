"""Verbs of what clients are to be told of logouts (OpenID Connect Back-Channel Logout 1.0, 2.5).

A notice is written in the transaction that ends the session, so that nothing is lost between the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from lychgate.oauth.logout_metadata import SESSION, URI
from lychgate.server.model import Family
from lychgate.server.secrets import new_id
from lychgate.server.sessions.notice import Notice

from ..connection import Connection
from ..rows import MAP, NOTICE
from ..store import Audit
from .feed import record


async def notify(db: Connection, families: Iterable[Family], now: int, *, whole: bool = False) -> None:
    """Within another verb's transaction: that these logins have ended, to each client that asked to be told, once.

    ``whole``: that all sessions of their user have, which is told without naming one where the client lets it be.
    """
    told = set()
    for family in families:
        asked = await _asked(db, family)
        if asked is None:
            continue
        sid = None if whole and not asked.get(SESSION) else family.session
        known = (family.issuer, family.client, family.user, sid, family.extra.get("iss"))
        if known not in told:
            told.add(known)
            await db.run("add notice", **NOTICE.pack(Notice(new_id(), *known, made_at=now, due_at=now)))


async def _asked(db: Connection, family: Family) -> dict[str, object] | None:
    """What the client registered, None where it is not to be told."""
    row = await db.one("hears", issuer=family.issuer, client=family.client)
    extra: dict[str, object] = MAP.read(row[1]) if row is not None and row[0] else {}
    return extra if extra.get(URI) else None


async def next_notice(db: Connection) -> int | None:
    row = await db.one("next notice")
    return None if row is None else row[0]


async def take_notices(db: Connection, now: int, until: int, limit: int) -> list[Notice]:
    return [NOTICE.unpack(row) for row in await db.all("take notices", now=now, until=until, limit=limit)]


async def put_off_notice(db: Connection, id: str, due_at: int) -> None:
    await db.run("put off notice", of_id=id, due_at=due_at)


async def end_notice(db: Connection, id: str, audit: Audit = ()) -> bool:
    if await db.one("drop notice", id=id) is None:
        return False
    await record(db, audit)
    return True
