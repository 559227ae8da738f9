"""Verbs of the database's own settings, of issuers and of signing keys."""

from __future__ import annotations

from lychgate.server.model import Issuer, SigningKey

from ..connection import Connection
from ..rows import ISSUER, KEY
from ..store import Audit, Taken
from .feed import record, tell


async def setting(db: Connection, name: str) -> bytes | None:
    row = await db.one("setting", name=name)
    return None if row is None else bytes(row[0])


async def put_setting(db: Connection, name: str, value: bytes) -> bytes:
    await db.one("add setting", name=name, value=value)
    kept = await setting(db, name)
    assert kept is not None  # it was added or was there, and nothing removes settings
    return kept


async def issuers(db: Connection) -> list[Issuer]:
    return [ISSUER.unpack(row) for row in await db.all("issuers")]


async def ensure_issuer(db: Connection, issuer: Issuer) -> Issuer:
    added = await db.one("add issuer", **ISSUER.pack(issuer))
    row = await db.one("issuer", id=issuer.id)
    if row is None:
        raise Taken(f"another issuer has the address {issuer.url}", "url")
    kept = ISSUER.unpack(row)
    if kept.url != issuer.url:
        await db.run("put issuer", of_id=issuer.id, url=issuer.url)
        kept = ISSUER.changed(kept, {"url": issuer.url})
    elif not added:
        return kept
    await tell(db, "issuer", issuer.id)
    return kept


async def keys(db: Connection, issuer: str | None = None) -> list[SigningKey]:
    rows = await (db.all("keys") if issuer is None else db.all("keys of", issuer=issuer))
    return [KEY.unpack(row) for row in rows]


async def add_key(db: Connection, key: SigningKey, audit: Audit = ()) -> None:
    if await db.one("add key", **KEY.pack(key)) is None:
        raise Taken(f"there is a signing key with the id {key.kid} already", "kid")
    await tell(db, "key", key.issuer)
    await record(db, audit)


async def rotate_key(db: Connection, key: SigningKey, keep: int, audit: Audit = ()) -> None:
    until = key.signs_from
    await db.run("stop keys", issuer=key.issuer, alg=key.alg, until=until, removed=until + keep)
    await add_key(db, key, audit)
