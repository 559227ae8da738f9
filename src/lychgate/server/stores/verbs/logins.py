"""Verbs of families (a login is one row) and of single tokens.

Refresh tokens are derived from a family's row and its number, never stored; rotation is one statement (RFC 9700 4.14).
"""

from __future__ import annotations

import hashlib

from lychgate.server.model import Family, Rotation

from ..connection import Connection
from ..rows import FAMILY
from ..store import Audit, Taken
from .feed import record
from .feed import tell as say
from .notices import notify


async def add_family(db: Connection, family: Family, audit: Audit = ()) -> None:
    if await db.one("add family", **FAMILY.pack(family)) is None:
        raise Taken(f"there is a login with the id {family.id} already", "id")
    await record(db, audit)


async def family(db: Connection, id: str) -> Family | None:
    row = await db.one("family", id=id)
    return None if row is None else FAMILY.unpack(row)


async def families(db: Connection, user: str | None = None, client: tuple[str, str] | None = None) -> list[Family]:
    if user is None and client is None:
        raise ValueError("whose logins? a user or a client must be given")
    issuer, id = client or ("", "")
    name = "families of user" if client is None else "families of client" if user is None else "families of both"
    return [FAMILY.unpack(row) for row in await db.all(name, user=user, issuer=issuer, client=id)]


async def rotate(
    db: Connection,
    id: str,
    seq: int,
    client: tuple[str, str],
    now: int,
    grace: int,
    bound: str | None = None,
    audit: Audit = (),
) -> Rotation:
    row = await db.one("rotate", id=id, seq=seq, issuer=client[0], client=client[1], now=now, bound=bound)
    if row is None:
        return await _judge(db, id, seq, client, now, grace, bound)
    await record(db, audit)
    return Rotation("rotated", FAMILY.unpack(row))


async def _judge(
    db: Connection, id: str, seq: int, client: tuple[str, str], now: int, grace: int, bound: str | None
) -> Rotation:
    """Why a number could not be taken. A wrong client or key changes nothing: it would end the login of another."""
    row = await db.one("family to judge", id=id)
    if row is None:
        return Rotation("gone", None)
    kept = FAMILY.unpack(row)
    theirs = (kept.issuer, kept.client) == client and kept.bound in (None, bound)
    over = kept.revoked_at is not None or min(kept.expires_at, kept.rotated_at + kept.idle * 1000) <= now
    if not theirs or over or seq >= kept.seq:
        return Rotation("gone", kept)
    if seq == kept.seq - 1 and now - kept.rotated_at <= grace:
        return Rotation("repeated", kept)
    return Rotation("reused", await revoke(db, id, now) or kept)


async def revoke(db: Connection, id: str, now: int) -> Family | None:
    """Revoke a family within another verb's transaction; None where there was nothing to revoke."""
    row = await db.one("revoke family", id=id, now=now)
    if row is None:
        return None
    await say(db, "family", id)
    return FAMILY.unpack(row)


async def revoke_family(db: Connection, id: str, now: int, audit: Audit = (), tell: bool = False) -> bool:
    ended = await revoke(db, id, now)
    if ended is None:
        return False
    if tell and ended.session is not None:
        await notify(db, [ended], now)
    await record(db, audit)
    return True


async def revoked_families(db: Connection, since: int) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in await db.all("revoked families", since=since)]


async def spend_jti(db: Connection, issuer: str, client: str, jti: str, expires_at: int) -> bool:
    digest = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).digest()
    row = await db.one("spend jti", issuer=issuer, client=client, digest=digest, expires_at=expires_at)
    return row is not None


async def revoke_token(db: Connection, jti: str, expires_at: int, audit: Audit = ()) -> None:
    if await db.one("revoke token", jti=jti, expires_at=expires_at) is not None:
        await say(db, "jti", jti)
    await record(db, audit)


async def revoked_tokens(db: Connection, now: int) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in await db.all("revoked tokens", now=now)]
