"""Verbs of people's public keys."""

from __future__ import annotations

from lychgate.server.people.login_model import UserKey

from ..connection import Connection
from ..rows import USER_KEY
from ..store import Audit, Taken
from .feed import record, tell


async def user_keys(db: Connection, user: str) -> list[UserKey]:
    return [USER_KEY.unpack(row) for row in await db.all("user keys", user=user)]


async def add_user_key(db: Connection, key: UserKey, audit: Audit = ()) -> None:
    if await db.one("add user key", **USER_KEY.pack(key)) is None:
        raise Taken(f"this user has the key {key.fingerprint} already", "fingerprint")
    await tell(db, "user", key.user)
    await record(db, audit)


async def see_user_key(db: Connection, user: str, fingerprint: str, now: int) -> None:
    await db.run("see user key", user=user, fingerprint=fingerprint, now=now)


async def remove_user_key(db: Connection, user: str, fingerprint: str, audit: Audit = ()) -> bool:
    if await db.one("drop user key", user=user, fingerprint=fingerprint) is None:
        return False
    await tell(db, "user", user)
    await record(db, audit)
    return True
