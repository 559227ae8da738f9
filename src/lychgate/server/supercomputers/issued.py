"""The tokens that people had UNICORE's site issue for their programs: listed under their owner, and revoked."""

from __future__ import annotations

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.stores.store import Missing

from .unicore_model import IssuedToken

MOST = 100  # rows of a list


async def live(engine: Engine, user: User) -> list[IssuedToken]:
    """The tokens of ``user`` that can still be used here, newest first."""
    found = await engine.store.issued_tokens(user.id, engine.clock(), MOST)
    return [one for one in found if one.created_at >= user.not_before]


async def revoke(engine: Engine, actor: Actor, user: User, id: str | None) -> int:
    """End a token of ``user`` and those that were made with it, or all of theirs (``id`` None); answers how many.

    A server that trusts this one does not hear of it. Raises ``Missing`` where the user has no such token.
    """
    row = actor.row(engine, "token.revoke", user=user.id)
    count = await engine.store.revoke_issued_tokens(user.id, id, [row]) if id is None or len(id) <= 100 else 0
    if id is not None and not count:
        raise Missing(f"{user.email} has no such token")
    return count
