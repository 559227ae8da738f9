"""Verbs of issuers that are not the main one: added, edited, and removed with all that is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lychgate.server.model import Issuer, SigningKey

from ..connection import Connection
from ..rows import ISSUER, MAP
from ..store import Audit, Missing, Occupied, Taken
from .feed import record, tell
from .issuers import add_key

_THEIRS = (  # dropped in this order; logins, codes, consents and secrets go with the clients
    "drop tokens of issuer",
    "drop registration of issuer",
    "drop trust of issuer",
    "drop keys of issuer",
    "drop clients of issuer",
)


async def _kept(db: Connection, id: str) -> Issuer:
    """The issuer, locked: nobody adds a client to it meanwhile."""
    row = await db.one("issuer to edit", id=id)
    if row is None:
        raise Missing("there is no such realm")
    return ISSUER.unpack(row)


async def add_issuer(db: Connection, issuer: Issuer, key: SigningKey, audit: Audit = ()) -> None:
    if await db.one("add issuer", **ISSUER.pack(issuer)) is None:
        raise Taken(f"another issuer has the address {issuer.url}", "url")
    await add_key(db, key, audit)  # told first: whoever hears of the issuer has its key
    await tell(db, "issuer", issuer.id)


async def edit_issuer(db: Connection, id: str, changes: Mapping[str, Any], audit: Audit = ()) -> Issuer:
    kept = await _kept(db, id)
    whole = {**kept.settings, **changes}
    settings = {name: value for name, value in whole.items() if value is not None}
    await db.run("put issuer settings", of_id=id, settings=MAP.write(settings))
    await tell(db, "issuer", id)
    await record(db, audit)
    return ISSUER.changed(kept, {"settings": settings})


async def clients_of(db: Connection, id: str) -> int:
    row = await db.one("clients of issuer", issuer=id)
    return 0 if row is None else int(row[0])


async def remove_issuer(db: Connection, id: str, with_clients: bool, audit: Audit = ()) -> None:
    await _kept(db, id)
    if not with_clients and (found := await clients_of(db, id)):
        raise Occupied(f"it has {found} client{'s' if found > 1 else ''} still")
    for name in _THEIRS:
        await db.run(name, issuer=id)
    await db.run("drop issuer", id=id)
    await tell(db, "issuer", id)
    await tell(db, "key", id)
    await record(db, audit)
