"""Issued tokens as their owner's page and the administration list them."""

from __future__ import annotations

from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.pages.clients import Issued
from lychgate.server.supercomputers import issued
from lychgate.server.supercomputers.unicore_model import IssuedToken


async def of(engine: Engine, user: User) -> tuple[Issued, ...]:
    """The tokens of ``user`` that can still be used here, newest first."""
    return tuple(_row(token) for token in await issued.live(engine, user))


def _row(token: IssuedToken) -> Issued:
    return Issued(
        id=token.id,
        made_at=token.created_at,
        ends_at=token.expires_at,
        used_at=token.seen_at,
        address=token.address,
        renewable=token.renewable,
        limited=token.limited,
        preferences=token.preferences,
    )
