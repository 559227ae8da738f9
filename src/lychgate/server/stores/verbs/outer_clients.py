"""Verbs of the clients that the registration front made at another authorization server."""

from __future__ import annotations

from lychgate.server.people.login_model import OuterClient

from ..connection import Connection
from ..rows import OUTER_CLIENT
from ..store import Audit
from .feed import record


async def outer_client(db: Connection, digest: bytes) -> OuterClient | None:
    row = await db.one("outer client", digest=digest)
    return None if row is None else OUTER_CLIENT.unpack(row)


async def keep_outer_client(db: Connection, client: OuterClient, audit: Audit = ()) -> None:
    await db.run("drop outer client", digest=client.digest)
    await db.run("add outer client", **OUTER_CLIENT.pack(client))
    await record(db, audit)


async def forget_outer_client(db: Connection, digest: bytes, audit: Audit = ()) -> None:
    await db.run("drop outer client", digest=digest)
    await record(db, audit)
