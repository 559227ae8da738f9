"""Verbs of whom an issuer of ours trusts."""

from __future__ import annotations

from lychgate.server.trusted.trust_model import Trust

from ..connection import Connection
from ..rows import TRUST
from ..store import Audit, Taken
from .feed import record, tell


async def trusted(db: Connection, issuer: str, kind: str, key: str) -> Trust | None:
    row = await db.one("trusted", issuer=issuer, kind=kind, key=key)
    return None if row is None else TRUST.unpack(row)


async def trusts(db: Connection, issuer: str) -> list[Trust]:
    return [TRUST.unpack(row) for row in await db.all("trusts", issuer=issuer)]


async def add_trust(db: Connection, trust: Trust, audit: Audit = ()) -> None:
    if await db.one("add trust", **TRUST.pack(trust)) is None:
        raise Taken(f"{trust.name} is trusted already", "name")
    await tell(db, "trust", trust.id)
    await record(db, audit)


async def remove_trust(db: Connection, id: str, audit: Audit = ()) -> bool:
    if await db.one("drop trust", id=id) is None:
        return False
    await tell(db, "trust", id)
    await record(db, audit)
    return True


async def serving(db: Connection, issuer: str, uri: str) -> list[bool]:
    return [bool(row[0]) for row in await db.all("serving", issuer=issuer, uri=uri)]
