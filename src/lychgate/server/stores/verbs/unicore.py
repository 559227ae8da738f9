"""Verbs of UNICORE's tokens and sessions."""

from __future__ import annotations

from lychgate.server.supercomputers.unicore_model import IssuedToken, RestSession

from ..connection import Connection
from ..rows import ISSUED_TOKEN, REST_SESSION
from ..store import Audit
from .feed import record

EVERY = 10_000  # rows of one person that are dropped at once


async def issued_token(db: Connection, id: str) -> IssuedToken | None:
    row = await db.one("issued token", id=id)
    return None if row is None else ISSUED_TOKEN.unpack(row)


async def issued_tokens(db: Connection, user: str, now: int, limit: int = 100) -> list[IssuedToken]:
    rows = await db.all("issued tokens", user=user, now=now, limit=limit)
    return [ISSUED_TOKEN.unpack(row) for row in rows]


async def add_issued_token(db: Connection, token: IssuedToken, most: int, audit: Audit = ()) -> bool:
    await db.one("user to edit", id=token.user)  # those who ask at the same instant take turns, and are counted
    if len(await db.all("issued tokens", user=token.user, now=token.created_at, limit=most)) >= most:
        return False
    await db.run("add issued token", **ISSUED_TOKEN.pack(token))
    await record(db, audit)
    return True


async def see_issued_token(db: Connection, id: str, now: int) -> None:
    await db.run("see issued token", of_id=id, seen_at=now)


async def revoke_issued_tokens(db: Connection, user: str, id: str | None = None, audit: Audit = ()) -> int:
    if id is None:
        gone = await db.all("drop all issued tokens", user=user)
    else:
        gone = await db.all("drop issued tokens", user=user, id=id)
    if gone:
        await record(db, audit)
    return len(gone)


async def rest_session(db: Connection, digest: bytes) -> RestSession | None:
    row = await db.one("rest session", digest=digest)
    return None if row is None else REST_SESSION.unpack(row)


async def add_rest_session(db: Connection, session: RestSession, most: int) -> None:
    await db.one("user to edit", id=session.user)  # as above: one who does not see another's row would leave it
    await db.run("add rest session", **REST_SESSION.pack(session))
    await db.run("drop older rest sessions", user=session.user, keep=most, limit=EVERY)
