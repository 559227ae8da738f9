"""Verbs of users and of their failed logins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lychgate.server import clock, policy
from lychgate.server.model import Slowed, User
from lychgate.server.secrets import fold

from ..connection import Connection, keepable
from ..rows import FAMILY, USER
from ..store import Audit, LastAdministrator, Missing, Taken
from .feed import record, tell
from .notices import notify

_KEPT = 100  # times of failures of a name, at most


def pattern(search: str) -> str:
    """The LIKE pattern for what holds ``search``, folded."""
    return f"%{escaped(keepable(fold(search)))}%"


def escaped(text: str) -> str:
    """``text`` as a LIKE pattern holds it that means just that."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def user(db: Connection, id: str) -> User | None:
    row = await db.one("user", id=id)
    return None if row is None else USER.unpack(row)


async def user_by_login(db: Connection, folded: str) -> User | None:
    row = await db.one("user by login", folded=folded)
    return None if row is None else USER.unpack(row)


async def users(db: Connection, search: str = "", after: str = "", limit: int = 100) -> list[User]:
    if search:
        rows = await db.all("users found", like=pattern(search), after=after, limit=limit)
    else:
        rows = await db.all("users", after=after, limit=limit)
    return [USER.unpack(row) for row in rows]


async def add_user(db: Connection, user: User, audit: Audit = ()) -> User:
    if await db.one("add user", **USER.pack(user)) is None:
        raise Taken(f"there is a user with the id {user.id} already", "id")
    await _name(db, user)
    await tell(db, "user", user.id)
    await record(db, audit)
    return user


async def _name(db: Connection, user: User) -> None:
    """Take the login names of ``user``, or raise ``Taken``."""
    names = {fold(user.name): "name", fold(user.email): "email"}
    for folded in sorted(names):  # in one order everywhere: two who want each other's names must not wait in a circle
        if await db.one("add login name", folded=folded, user=user.id) is None:
            field = names[folded]
            raise Taken(f"another user logs in as {getattr(user, field)} already", field)


async def edit_user(db: Connection, id: str, changes: Mapping[str, Any], audit: Audit = ()) -> User:
    row = await db.one("user to edit", id=id)
    if row is None:
        raise Missing(f"there is no user with the id {id}")
    old = USER.unpack(row)
    if old.name == old.email and "email" in changes:
        changes = {"name": changes["email"], **changes}  # a name that was never chosen goes with the address
    new = USER.changed(old, changes, fixed=("id",))
    await db.run("put user", of_id=id, **USER.pack(new))
    if (new.email, new.name) != (old.email, old.name):
        await db.run("drop login names", id=id)
        await _name(db, new)
    await tell(db, "user", id)
    if new.not_before > old.not_before:
        await _logged_out(db, old, clock.now())
    if old.superuser and old.active and not (new.superuser and new.active):
        await _keep_an_administrator(db)
    await record(db, audit)
    return new


async def _keep_an_administrator(db: Connection) -> None:
    """Ask after ``tell``: its lock puts two who would each take the other's right away one after the other."""
    if await db.one("administrator") is None:
        raise LastAdministrator("this is the last active administrator: make another one first; nothing was changed")


async def remove_user(db: Connection, id: str, audit: Audit = ()) -> None:
    row = await db.one("user to edit", id=id)
    clients = await db.all("drop clients of", owner=id)
    if row is not None:
        await _logged_out(db, USER.unpack(row), clock.now())
    if row is None or await db.one("drop user", id=id) is None:
        raise Missing(f"there is no user with the id {id}")
    await tell(db, "user", id)
    gone = USER.unpack(row)
    if gone.superuser and gone.active:
        await _keep_an_administrator(db)
    await tell(db, "client", *(f"{issuer}/{client}" for issuer, client in clients))
    await record(db, audit)


async def _logged_out(db: Connection, user: User, now: int) -> None:
    """Tell the clients of ``user``, as they were, that all their sessions have ended."""
    logins = [FAMILY.unpack(row) for row in await db.all("families of user", user=user.id)]
    live = [one for one in logins if one.revoked_at is None and one.expires_at > now]
    await notify(db, [one for one in live if one.created_at >= user.not_before], now, whole=True)


def _digest(folded: str) -> bytes:
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).digest()


async def slowed(db: Connection, folded: str) -> Slowed:
    row = await db.one("failure", digest=_digest(folded))
    return Slowed() if row is None else Slowed(len(json.loads(row[0])), row[2])


async def login_failed(db: Connection, folded: str, now: int, audit: Audit = ()) -> Slowed:
    """Count a failure. Once a name is slowed each failure doubles the wait, until none has come for a whole window."""
    key = _digest(folded)
    while (row := await db.one("failure to count", digest=key)) is None:
        await db.one("add failure", digest=key, times="[]", failures=0, blocked_until=0, last_at=now)
    before, count, until = row
    times = [at for at in json.loads(before) if at > now - policy.FAILURE_WINDOW][-_KEPT:]
    slow = bool(times) and count >= policy.FREE_FAILURES
    times.append(now)
    count = count + 1 if slow else len(times)
    wait = policy.block_for(count)
    until = max(until, now + wait) if wait else until
    written = json.dumps(times, separators=(",", ":"))
    await db.run("put failure", of_digest=key, times=written, failures=count, blocked_until=until, last_at=now)
    await record(db, audit)
    return Slowed(len(times), until)


async def login_succeeded(db: Connection, folded: str) -> None:
    await db.run("drop failure", digest=_digest(folded))
