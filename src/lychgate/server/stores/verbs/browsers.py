"""Verbs of browser sessions, of what people allowed, and of second factors."""

from __future__ import annotations

from dataclasses import replace

from lychgate.server.model import Family
from lychgate.server.people.login_model import Consent, Factor, Session

from ..connection import Connection
from ..rows import CONSENT, FACTOR, FAMILY, SESSION
from ..store import Audit, Taken
from .feed import record
from .logins import revoke
from .notices import notify

OFFLINE = "offline_access"  # a login with this scope goes on after the browser session (OpenID Core 11)


async def add_session(db: Connection, session: Session, audit: Audit = ()) -> None:
    await db.run("add session", **SESSION.pack(session))
    await record(db, audit)


async def session(db: Connection, digest: bytes) -> Session | None:
    row = await db.one("session", digest=digest)
    return None if row is None else SESSION.unpack(row)


async def sessions(db: Connection, user: str) -> list[Session]:
    return [SESSION.unpack(row) for row in await db.all("sessions", user=user)]


async def renew_session(
    db: Connection, old: bytes, session: Session, audit: Audit = ()
) -> tuple[Session, list[Family]]:
    row = await db.one("drop session", digest=old)
    before = None if row is None else SESSION.unpack(row)
    ended: list[Family] = []
    if before is not None and before.user == session.user:
        session = replace(session, id=before.id)
    elif before is not None:
        ended = await end_session(db, before.id, session.created_at)
    await add_session(db, session, audit)
    return session, ended


async def see_session(db: Connection, id: str, now: int) -> None:
    await db.run("see session", id=id, seen_at=now)


async def end_session(db: Connection, id: str, now: int, audit: Audit = (), forgotten: bool = False) -> list[Family]:
    await db.run("drop codes of session", session=id)  # first: a code that is just being taken is waited for
    came = [FAMILY.unpack(row) for row in await db.all("families of session", session=id)]
    await db.run("end session", id=id)
    for family in came:
        if OFFLINE not in family.scope:
            await revoke(db, family.id, now)
    new = [family for family in came if family.revoked_at is None and OFFLINE not in family.scope]
    await notify(db, new if forgotten else came, now)
    await record(db, audit)
    return came


async def consent(db: Connection, user: str, issuer: str, client: str) -> Consent | None:
    row = await db.one("consent", user=user, issuer=issuer, client=client)
    return None if row is None else CONSENT.unpack(row)


async def consents(db: Connection, user: str) -> list[Consent]:
    return [CONSENT.unpack(row) for row in await db.all("consents", user=user)]


async def allow(db: Connection, consent: Consent, audit: Audit = ()) -> None:
    await db.run("drop consent", user=consent.user, issuer=consent.issuer, client=consent.client)
    await db.run("add consent", **CONSENT.pack(consent))
    await record(db, audit)


async def withdraw(db: Connection, user: str, issuer: str, client: str, now: int, audit: Audit = ()) -> None:
    await db.run("drop consent", user=user, issuer=issuer, client=client)
    for row in await db.all("families of both", user=user, issuer=issuer, client=client):
        ended = await revoke(db, FAMILY.unpack(row).id, now)
        await notify(db, [ended] if ended is not None and ended.session is not None else [], now)
    await record(db, audit)


async def factors(db: Connection, user: str) -> list[Factor]:
    return [FACTOR.unpack(row) for row in await db.all("factors", user=user)]


async def factor_by_handle(db: Connection, kind: str, handle: bytes) -> Factor | None:
    row = await db.one("factor by handle", kind=kind, handle=handle)
    return None if row is None else FACTOR.unpack(row)


async def add_factor(db: Connection, factor: Factor, audit: Audit = ()) -> None:
    if await db.one("add factor", **FACTOR.pack(factor)) is None:
        raise Taken("this factor is registered already", "handle")
    await record(db, audit)


async def use_factor(db: Connection, id: str, counter: int, now: int) -> bool:
    return await db.one("use factor", id=id, counter=counter, now=now) is not None


async def take_factor(db: Connection, user: str, kind: str, handle: bytes, audit: Audit = ()) -> bool:
    if await db.one("take factor", user=user, kind=kind, handle=handle) is None:
        return False
    await record(db, audit)
    return True


async def remove_factor(db: Connection, user: str, id: str, audit: Audit = ()) -> bool:
    if await db.one("remove factor", user=user, id=id) is None:
        return False
    await record(db, audit)
    return True


async def remove_factors(db: Connection, user: str, kind: str, audit: Audit = ()) -> None:
    await db.run("remove factors", user=user, kind=kind)
    await record(db, audit)
