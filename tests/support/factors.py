"""Second factors for a person of a server under test."""

from __future__ import annotations

import time
from typing import Any

from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.people import enrol, second_factors, totp
from lychgate.server.people.login_model import Factor
from lychgate.server.secrets import new_id

from .server import ACTOR, Server


def code_app(server: Server, user: User) -> str:
    """A code app that has not been used; answers its secret."""
    secret = totp.new_secret()

    async def add(engine: Engine) -> Any:
        sealed = engine.master.seal(secret.encode(), second_factors.purpose(user.id))
        await enrol.add(engine, ACTOR, Factor(new_id(), user.id, "totp", sealed=sealed, created_at=engine.clock()))

    server.operate(add)
    return secret


def code_of(secret: str, away: int = 0) -> str:
    """What the app shows now, or ``away`` steps from now."""
    from pyotp.totp import TOTP

    return TOTP(secret).generate_otp(int(time.time() * 1000) // totp.STEP + away)


def codes_of(server: Server, user: User) -> tuple[str, ...]:
    """New recovery codes."""
    found: tuple[str, ...] = server.operate(lambda engine: enrol.renew_codes(engine, ACTOR, user))
    return found
