"""A new signing key in place of the one that signs, for the command line and the pages alike."""

from __future__ import annotations

import asyncio

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.keys import new_key
from lychgate.server.model import SigningKey


async def rotate(engine: Engine, actor: Actor, alg: str | None = None, *, at_once: bool = False) -> SigningKey:
    """A new key of the engine's issuer, published now; it signs after ``publish_ahead``, or now where ``at_once``.

    The keys before it are kept until the last tokens that they signed have ended.
    """
    issuer, now = engine.issuer, engine.clock()
    starts = now if at_once else now + 1000 * engine.config.publish_ahead
    usual = issuer.settings.get("alg", engine.config.alg)
    key = await asyncio.to_thread(new_key, engine.master, issuer.id, alg or usual, now, starts)
    row = actor.row(engine, "keys.rotate", issuer=issuer.id)
    await engine.store.rotate_key(key, engine.config.keys_kept, [row])
    return key
