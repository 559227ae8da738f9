"""Verbs of the first administrator, and of the use of a passkey that does not count."""

from __future__ import annotations

from lychgate.server.model import User

from ..connection import Connection
from ..store import Audit
from .feed import tell
from .users import add_user


async def has_administrator(db: Connection) -> bool:
    return await db.one("administrator") is not None


async def add_first_administrator(db: Connection, user: User, audit: Audit = ()) -> bool:
    """Ask after ``tell``: its lock puts two who would each be the first one after the other."""
    await tell(db, "user", user.id)
    if await has_administrator(db):
        return False
    await add_user(db, user, audit)
    return True


async def see_factor(db: Connection, id: str, now: int) -> None:
    await db.run("see factor", id=id, used_at=now)
