"""Verbs of the administration's lists: a page at a time, newest first. ``skip`` rows come before the page."""

from __future__ import annotations

from collections.abc import Sequence

from lychgate.server.model import AuditRow, Client, User
from lychgate.server.people.login_model import Login

from ..connection import Connection
from ..rows import AUDIT, CLIENT, USER
from ..texts import filtered
from .users import pattern


async def listed_users(db: Connection, search: str = "", skip: int = 0, limit: int = 100) -> list[User]:
    name = "listed users found" if search else "listed users"
    return [USER.unpack(row) for row in await db.all(name, like=pattern(search), skip=skip, limit=limit)]


async def last_logins(db: Connection, users: Sequence[str]) -> dict[str, int]:
    rows = {user: await db.one("last login", user=user) for user in users}
    return {user: row[0] for user, row in rows.items() if row is not None}


async def listed_clients(
    db: Connection, issuer: str, search: str = "", skip: int = 0, limit: int = 100
) -> list[Client]:
    name = "listed clients found" if search else "listed clients"
    rows = await db.all(name, issuer=issuer, like=pattern(search), skip=skip, limit=limit)
    return [CLIENT.unpack(row, secrets=()) for row in rows]


async def listed_logins(
    db: Connection, now: int, search: str = "", user: str = "", skip: int = 0, limit: int = 100
) -> list[Login]:
    name = "listed logins of" if user else "listed logins found" if search else "listed logins"
    values = {"now": now, "like": pattern(search), "address": search, "user": user, "skip": skip, "limit": limit}
    return [Login(*row) for row in await db.all(name, **values)]


async def listed_login(db: Connection, id: str, now: int) -> Login | None:
    row = await db.one("listed login", id=id, now=now)
    return None if row is None else Login(*row)


async def listed_audit(
    db: Connection, text: str = "", event: str = "", outcome: str = "", before: int = 0, limit: int = 100
) -> list[AuditRow]:
    chosen = {"text": text, "event": event, "ok": outcome == "ok", "refused": outcome == "refused", "before": before}
    name = filtered("listed audit", chosen)
    rows = await db.all(name, text=text, event=event, before=before, limit=limit)
    return [AUDIT.unpack(row) for row in rows]


async def audit_events(db: Connection) -> list[str]:
    return [row[0] for row in await db.all("events of audit", limit=100)]


async def numbers(db: Connection, issuer: str, now: int) -> tuple[int, int, int, int]:
    names = ("users", "clients", "logins", "administrators")
    found = [await db.one(f"number of {name}", issuer=issuer, now=now) for name in names]
    users, clients, logins, administrators = (0 if row is None else int(row[0]) for row in found)
    return users, clients, logins, administrators
