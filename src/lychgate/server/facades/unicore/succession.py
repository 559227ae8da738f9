"""Which of the site's identities signs: each is made once, sealed, and the same on every worker and node.

They stand in the database's settings under numbers, and none is ever changed, so that of two that are made at once one
is kept. The highest that may sign by now signs. A token by an earlier one is good until it ends: each has a row.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lychgate.server.stores.store import Missing, StoreUnavailable

from . import identity

if TYPE_CHECKING:
    from lychgate.server.actor import Actor
    from lychgate.server.engine import Engine

    from .identity import Identity

SETTING = "unicore identity"
FRESH = 1.0  # seconds that a worker goes by what it has read
SETTLED = 2_000  # ms after which every worker has read it: none then meets a token by a key that it does not know


async def rotate(engine: Engine, actor: Actor, *, at_once: bool = False) -> Identity:
    """Make the identity that signs after ``publish_ahead`` of the facade, or in two seconds where ``at_once``.

    Its host and site are those of the one before. Raises ``Missing`` where there is none yet.
    """
    all, now = await every(engine), engine.clock()
    if not all:
        raise Missing("the UNICORE site has no key yet; the first request to it makes one")
    host, site = all[-1].names
    signs_from = now + (SETTLED if at_once else 1000 * engine.config.facade.unicore.publish_ahead)
    kept = await _put(engine, len(all) + 1, identity.made(host, site, now, signs_from))
    await engine.store.write_audit([actor.row(engine, "keys.rotate", fields="unicore")])
    return _opened(engine, kept)


async def every(engine: Engine) -> list[Identity]:
    """All identities, in their order; none before the first request."""
    return [_opened(engine, one) for one in await _kept(engine)]


def signing(all: list[Identity], now: int) -> Identity:
    """Of all identities, in their order, the one that signs now (ms)."""
    current = [one for one in all if one.signs_from <= now][-1]
    return replace(current, beside=tuple(one for one in all if one is not current))


def coming(current: Identity, now: int) -> Identity | None:
    """The identity that will sign after the one that does."""
    later = [one for one in current.beside if one.signs_from > now]
    return later[-1] if later else None


class Keeper:
    """The identity as a server has it: read again after a second, and while the database is away as it was."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: list[bytes] = []
        self._all: list[Identity] = []
        self._read_at = float("-inf")

    async def now(self, fresh: float = FRESH) -> Identity:
        """The one that signs, by what was read ``fresh`` seconds ago at most."""
        if not self._all or time.monotonic() - self._read_at > fresh:
            await self._read()
        return signing(self._all, self._engine.clock())

    async def _read(self) -> None:
        self._read_at = time.monotonic()  # before: whoever comes meanwhile goes by what is known
        try:
            kept = await _kept(self._engine) or [await _first(self._engine)]
        except StoreUnavailable:
            if not self._all:
                raise
            return
        if kept != self._kept:
            self._kept, self._all = kept, [_opened(self._engine, one) for one in kept]


async def _kept(engine: Engine) -> list[bytes]:
    """All of them, sealed."""
    found: list[bytes] = []
    while (one := await engine.store.setting(_name(len(found) + 1))) is not None:
        found.append(one)
    return found


async def _first(engine: Engine) -> bytes:
    host = urlsplit(engine.issuer.url).hostname or ""
    return await _put(engine, 1, identity.made(host, engine.config.unicore_site, engine.clock()))


async def _put(engine: Engine, number: int, new: Mapping[str, Any]) -> bytes:
    """The identity of this number, sealed: the new one, unless somebody was faster."""
    return await engine.store.put_setting(_name(number), engine.master.seal(json.dumps(new).encode(), SETTING))


def _opened(engine: Engine, sealed: bytes) -> Identity:
    return identity.read(json.loads(engine.master.unseal(sealed, SETTING)))


def _name(number: int) -> str:
    return SETTING if number == 1 else f"{SETTING} {number}"
