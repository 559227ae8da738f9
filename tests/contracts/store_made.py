"""Things for the store's contract suite to keep."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from lychgate.server.model import AuditRow, Client, ClientSecret, Family, Issuer, SigningKey, User

NOW = 1_700_000_000_000
MAIN = Issuer("main", "https://auth.example.org", "", {"colour": "green"})
REALM = Issuer("r1", "https://auth.example.org/realms/one", "one")
ROBOT = ("main", "robot")


def user(id: str = "u1", **fields: Any) -> User:
    fields = {"email": f"{id}@example.org", "name": f"{id}@example.org", "password_hash": "$argon2id$x"} | fields
    return User(id, **fields)


def secret(id: str = "s1", **fields: Any) -> ClientSecret:
    return ClientSecret(id, **({"digest": id.encode().ljust(32, b"."), "created_at": NOW} | fields))


def client(id: str = "robot", issuer: str = "main", **fields: Any) -> Client:
    return Client(issuer, id, **({"name": f"The {id}"} | fields))


def family(id: str = "f1", **fields: Any) -> Family:
    made = {"scope": ("read", "write"), "audience": ("https://api.example.org",), "created_at": NOW, "rotated_at": NOW}
    made |= {"issuer": "main", "client": "robot", "user": "u1"}
    return Family(id, **(made | {"expires_at": NOW + 10**9, "idle": 86400} | fields))


def key(kid: str = "k1", issuer: str = "main", **fields: Any) -> SigningKey:
    made: dict[str, Any] = {"alg": "ES256", "public": {"kty": "EC", "kid": kid}, "sealed": b"\x00\xffsealed"}
    return SigningKey(kid, issuer, **(made | {"published_at": NOW, "signs_from": NOW} | fields))


def row(event: str = "token", **fields: Any) -> AuditRow:
    return AuditRow(NOW, "main", event, **fields)


async def furnish(store: Any) -> None:
    """A user, a client that they own, and a login of theirs."""
    await store.add_user(user())
    await store.add_client(client(owner="u1", secrets=(secret(),)))
    await store.add_family(family())


async def told(store: Any, after: int) -> list[tuple[str, str]]:
    """What the change feed says after a number."""
    return [(change.kind, change.id) for change in await store.changes(after)]


async def at_once(calls: Iterable[Awaitable[Any]]) -> list[Any]:
    """The results, exceptions too, of calls made at the same time."""
    return await asyncio.gather(*calls, return_exceptions=True)
