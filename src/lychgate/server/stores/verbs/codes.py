"""Verbs of authorization codes, device logins, pushed requests and registration tokens: each is taken once."""

from __future__ import annotations

from lychgate.server.model import Family
from lychgate.server.people.login_model import Code, DeviceLogin, Pushed, RegistrationToken

from ..connection import Connection
from ..rows import CODE, DEVICE, PUSHED, REGISTRATION_TOKEN
from ..store import Audit, Taken
from .feed import record
from .logins import add_family, revoke


async def add_code(db: Connection, code: Code, audit: Audit = ()) -> None:
    await db.run("add code", **CODE.pack(code))
    await record(db, audit)


async def code(db: Connection, digest: bytes) -> Code | None:
    row = await db.one("code", digest=digest)
    return None if row is None else CODE.unpack(row)


async def take_code(db: Connection, digest: bytes, family: Family, now: int, audit: Audit = ()) -> bool:
    if await db.one("take code", digest=digest, now=now) is not None:
        await add_family(db, family, audit)
        return True
    kept = await code(db, digest)
    if kept is not None and kept.used_at is not None:
        await revoke(db, kept.family, now)
    return False


async def add_device(db: Connection, device: DeviceLogin, audit: Audit = ()) -> None:
    if await db.one("add device", **DEVICE.pack(device)) is None:
        raise Taken("this user code is in use", "user_code")
    await record(db, audit)


async def device(db: Connection, digest: bytes) -> DeviceLogin | None:
    row = await db.one("device", digest=digest)
    return None if row is None else DEVICE.unpack(row)


async def device_by_code(db: Connection, user_code: str, now: int) -> DeviceLogin | None:
    row = await db.one("device by code", user_code=user_code)
    found = None if row is None else DEVICE.unpack(row)
    return found if found and found.state == "waiting" and found.expires_at > now else None


async def decide_device(db: Connection, device: DeviceLogin, now: int, audit: Audit = ()) -> bool:
    values = DEVICE.pack(device)
    if await db.one("decide device", **values, was="waiting", now=now) is None:
        return False
    await record(db, audit)
    return True


async def poll_device(db: Connection, digest: bytes, now: int) -> DeviceLogin | None:
    row = await db.one("device to poll", digest=digest)
    if row is None:
        return None
    await db.run("poll device", digest=digest, now=now)
    return DEVICE.unpack(row)


async def take_device(db: Connection, digest: bytes, family: Family, now: int, audit: Audit = ()) -> bool:
    taken = await db.one("take device", digest=digest, family=family.id, now=now, was="allowed", done="done")
    if taken is None:
        return False
    await add_family(db, family, audit)
    return True


async def add_pushed(db: Connection, pushed: Pushed) -> None:
    await db.run("add pushed", **PUSHED.pack(pushed))


async def pushed(db: Connection, digest: bytes) -> Pushed | None:
    row = await db.one("pushed", digest=digest)
    return None if row is None else PUSHED.unpack(row)


async def drop_pushed(db: Connection, digest: bytes) -> bool:
    return await db.one("drop pushed", digest=digest) is not None


async def add_registration_token(db: Connection, token: RegistrationToken, audit: Audit = ()) -> None:
    await db.run("add registration token", **REGISTRATION_TOKEN.pack(token))
    await record(db, audit)


async def registration_token(db: Connection, digest: bytes) -> RegistrationToken | None:
    row = await db.one("registration token", digest=digest)
    return None if row is None else REGISTRATION_TOKEN.unpack(row)


async def registration_tokens(db: Connection, issuer: str) -> list[RegistrationToken]:
    return [REGISTRATION_TOKEN.unpack(row) for row in await db.all("registration tokens", issuer=issuer)]


async def spend_registration_token(db: Connection, digest: bytes, now: int) -> RegistrationToken | None:
    row = await db.one("spend registration token", digest=digest, now=now)
    return None if row is None else REGISTRATION_TOKEN.unpack(row)


async def remove_registration_token(db: Connection, digest: bytes, audit: Audit = ()) -> bool:
    if await db.one("remove registration token", digest=digest) is None:
        return False
    await record(db, audit)
    return True
