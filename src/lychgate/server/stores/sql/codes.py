"""SQL of what lives for minutes: authorization codes, device logins, pushed requests; and of registration tokens."""

from __future__ import annotations

from sqlalchemy import case, delete, or_, select, update

from ..rows import CODE, DEVICE, PUSHED, REGISTRATION_TOKEN
from .statement import Statement, add, add_new, columns, constant, one, put, value
from .tables_login import code, device, pushed, registration_token

NOW = value("now")
DECIDED = ("state", "user", "session", "scope", "audience", "auth_time", "extra")
_code = select(*columns(code, CODE.keys))
_device = select(*columns(device, DEVICE.keys))
_token = select(*columns(registration_token, REGISTRATION_TOKEN.keys))
_this_token = one(registration_token.c.digest, "digest")
_too_early = device.c.polled_at + device.c.interval * constant(1000) > NOW
_slower = case((_too_early, constant(5)), else_=constant(0))  # RFC 8628 3.5

STATEMENTS: dict[str, Statement] = {
    "add code": add(code, CODE.keys),
    "code": _code.where(one(code.c.digest, "digest")),
    "take code": update(code)
    .values({code.c.used_at: NOW})
    .where(one(code.c.digest, "digest"), code.c.used_at.is_(None), code.c.expires_at > NOW)
    .returning(code.c.family),
    "add device": add_new(device, DEVICE.keys),
    "device": _device.where(one(device.c.digest, "digest")),
    "device by code": _device.where(one(device.c.user_code, "user_code")),
    "decide device": put(
        device, DECIDED, one(device.c.digest, "digest"), one(device.c.state, "was"), device.c.expires_at > NOW
    ).returning(device.c.digest),  # type: ignore[attr-defined]  # an UPDATE, as ``put`` makes it
    "device to poll": _device.where(one(device.c.digest, "digest")).with_for_update(),
    "poll device": update(device)
    .values({device.c.polled_at: NOW, device.c.interval: device.c.interval + _slower})
    .where(one(device.c.digest, "digest")),
    "take device": update(device)
    .values({device.c.state: value("done"), device.c.family: value("family")})
    .where(one(device.c.digest, "digest"), one(device.c.state, "was"), device.c.expires_at > NOW)
    .returning(device.c.digest),
    "add pushed": add(pushed, PUSHED.keys),
    "pushed": select(*columns(pushed, PUSHED.keys)).where(one(pushed.c.digest, "digest")),
    "drop pushed": delete(pushed).where(one(pushed.c.digest, "digest")).returning(pushed.c.digest),
    "add registration token": add(registration_token, REGISTRATION_TOKEN.keys),
    "registration token": _token.where(_this_token),
    "registration tokens": _token.where(one(registration_token.c.issuer, "issuer")).order_by(
        registration_token.c.created_at
    ),
    "spend registration token": update(registration_token)
    .values({registration_token.c.uses: registration_token.c.uses - constant(1)})
    .where(
        _this_token,
        or_(registration_token.c.uses.is_(None), registration_token.c.uses > constant(0)),
        or_(registration_token.c.expires_at.is_(None), registration_token.c.expires_at > NOW),
    )
    .returning(*columns(registration_token, REGISTRATION_TOKEN.keys)),
    "remove registration token": delete(registration_token).where(_this_token).returning(registration_token.c.digest),
}
