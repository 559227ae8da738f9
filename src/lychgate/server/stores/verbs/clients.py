"""Verbs of clients and their secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from lychgate.server.model import Client, ClientSecret
from lychgate.server.secrets import fold

from ..connection import Connection, Row
from ..rows import CLIENT, SECRET
from ..store import Audit, Missing, Taken
from ..texts import filtered
from .feed import record, tell
from .users import pattern

_WIDTH = len(CLIENT.keys)


def _joined(rows: Iterable[Row]) -> list[Client]:
    """Clients from rows that repeat a client for each of its secrets."""
    made = []
    for _, mine in groupby(rows, key=lambda row: (row[0], row[1])):
        same = list(mine)
        secrets = tuple(SECRET.unpack(row[_WIDTH:]) for row in same if row[_WIDTH] is not None)
        made.append(CLIENT.unpack(same[0][:_WIDTH], secrets=secrets))
    return made


def _pack(client: Client) -> dict[str, Any]:
    return {**CLIENT.pack(client), "sought": fold(f"{client.name}\n{client.id}")}


def _missing(id: str) -> Missing:
    return Missing(f"there is no client with the id {id}")


async def client(db: Connection, issuer: str, id: str) -> Client | None:
    found = _joined(await db.all("client", issuer=issuer, id=id))
    return found[0] if found else None


async def clients(
    db: Connection,
    issuer: str | None = None,
    owner: str | None = None,
    search: str = "",
    after: str = "",
    limit: int = 100,
) -> list[Client]:
    filters = {"issuer": issuer is not None, "owner": owner is not None, "search": bool(search)}
    name = filtered("clients", filters)
    start, _, rest = after.partition("/")
    values = {"issuer": issuer, "owner": owner, "like": pattern(search), "limit": limit}
    cursor = {"after": after} if filters["issuer"] else {"after_issuer": start, "after": rest}
    return _joined(await db.all(name, **values, **cursor))


async def add_client(db: Connection, client: Client, audit: Audit = ()) -> Client:
    if await db.one("add client", **_pack(client)) is None:
        raise Taken(f"there is a client with the id {client.id} already", "id")
    for secret in client.secrets:
        await _add_secret(db, client.issuer, client.id, secret)
    await _serve(db, client)
    await tell(db, "client", f"{client.issuer}/{client.id}")
    await record(db, audit)
    return client


async def _serve(db: Connection, client: Client) -> None:
    """Have it found by what it serves."""
    rows = [{"issuer": client.issuer, "client": client.id, "uri": uri} for uri in sorted(set(client.resources))]
    if rows:
        await db.many("add served", rows)


async def _add_secret(db: Connection, issuer: str, id: str, secret: ClientSecret) -> None:
    values = SECRET.pack(secret)
    await db.run("add secret", issuer=issuer, client=id, **values)


async def edit_client(db: Connection, issuer: str, id: str, changes: Mapping[str, Any], audit: Audit = ()) -> Client:
    row = await db.one("client to edit", issuer=issuer, id=id)
    if row is None:
        raise _missing(id)
    new = CLIENT.changed(CLIENT.unpack(row), changes, fixed=("issuer", "id"))
    await db.run("put client", of_issuer=issuer, of_id=id, **_pack(new))
    if "resources" in changes:
        await db.run("drop served", issuer=issuer, id=id)
        await _serve(db, new)
    return await _told(db, issuer, id, audit)


async def _told(db: Connection, issuer: str, id: str, audit: Audit) -> Client:
    """Tell of a change, write the audit rows, and answer the client as it now stands."""
    new = await client(db, issuer, id)
    if new is None:
        raise _missing(id)
    await tell(db, "client", f"{issuer}/{id}")
    await record(db, audit)
    return new


async def remove_client(db: Connection, issuer: str, id: str, audit: Audit = ()) -> None:
    if await db.one("drop client", issuer=issuer, id=id) is None:
        raise _missing(id)
    await tell(db, "client", f"{issuer}/{id}")
    await record(db, audit)


async def rotate_secret(
    db: Connection, issuer: str, id: str, secret: ClientSecret, old_not_after: int, audit: Audit = ()
) -> Client:
    if await db.one("client to edit", issuer=issuer, id=id) is None:
        raise _missing(id)
    await db.run("end secrets", issuer=issuer, id=id, old_not_after=old_not_after)
    await db.run("drop ended secrets", issuer=issuer, id=id, now=secret.created_at)
    await _add_secret(db, issuer, id, secret)
    return await _told(db, issuer, id, audit)


async def key_sets(db: Connection, method: str, limit: int) -> list[str]:
    return [row[0] for row in await db.all("key sets", method=f'%"{method}"%', limit=limit)]


async def touch_clients(db: Connection, used: Mapping[tuple[str, str], int]) -> None:
    rows = [{"issuer": issuer, "id": id, "at": at} for (issuer, id), at in sorted(used.items())]
    if rows:
        await db.many("touch client", rows)  # sorted: two workers that note the same clients must not wait in a circle
