"""One login, kept and renewed for everybody who uses it.

A valid token costs an attribute and a time check. Else one caller runs under ``Once``: it reads the store again (a
sibling may have renewed), asks the source, writes before anybody uses what came, and all who waited get the same.
A 401 invalidates only the token that was sent. Dead, transient and refused stay apart: what is kept is never deleted
for a failure.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lychgate.kernel.errors import Busy, ConfigError, LoginDead, LychgateError, Refused, TransientError
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.record import Record
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call, Load, Now, Save, Sleep

from .sources.source import Source
from .token import BOUND, Token, from_record, newest, to_record
from .whose import same
from .windows import Windows, windows

if TYPE_CHECKING:
    from lychgate.issuer.proof import ProofKey

log = logging.getLogger("lychgate.client")

Again = Callable[[LoginDead], Flow[Token]]  # a source's way to a new login in place of one that has ended

GAP = 1.0  # seconds between a failed renewal and the next try of this process
SIBLING_LOOKS, SIBLING_PAUSE = 3, 0.2  # how often, and how many seconds apart, a sibling's token is looked for


class Renewal:
    """The mutable part of ``Renewing``: the token in memory, and the flows that get the next one."""

    __slots__ = (
        "_dead",
        "_failure",
        "_keeps",
        "_look_again",
        "_retry_at",
        "_windows",
        "bound",
        "fields",
        "fresh_until",
        "key",
        "source",
        "token",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.key = source.cache_key()
        self.token: Token | None = None
        self.fields: tuple[tuple[str, str], ...] | None = ()  # what carries the token; None: that differs each time
        self.bound: tuple[Token, ProofKey] | None = None  # a token that needs proofs, and what signs them
        self.fresh_until = 0.0  # epoch seconds; an attribute of its own, since every call of every caller reads it
        self._windows = Windows(0.0, 0.0, 0.0)
        self._keeps: bool = getattr(source, "kept", True)  # else the store is left alone
        self._look_again: float = getattr(source, "look_again", math.inf)  # seconds
        self._failure: LychgateError | None = None
        self._retry_at = 0.0
        self._dead = ""  # the refresh token that the issuer has called dead

    def current(self) -> Token | None:
        """The token, if nothing has to be done before it is sent."""
        return self.token if time.time() < self.fresh_until else None

    def valid(self) -> Flow[Token]:
        """A token that may be sent now. Raises what the source raises."""
        held = self.current()
        if held is not None:
            return held
        held, now = self.token, (yield from Now())
        if held is not None and now < self._windows.must_at:
            return (yield from self._early(held, now))
        return (yield from self.after(held))

    def after(self, stale: Token | None) -> Flow[Token]:
        """A token other than ``stale``: a sibling's, or a new one, by one request for all who ask at the same time."""
        held = self.current()
        if held is not None and not _same(held, stale):
            return held
        token = yield from self._once(partial(self._run, stale))
        return (yield from self._take(token))

    def login(self) -> Flow[Token]:
        """A login made anew, whatever is kept. Raises what the source raises, ``ConfigError`` if it cannot be kept."""
        return (yield from self._take((yield from self._once(self._login))))

    def _once(self, make: Callable[[], Flow[Token]]) -> Once[Token]:
        wait = getattr(self.source, "patience", 60.0)
        return Once(self.key, make, wait, self.source.where if wait > 60 else "")

    def forget(self) -> Flow[Token | None]:
        """Drop the token, from the store too; answers what was kept."""
        return (yield from Once(self.key, self._forget))

    def _early(self, held: Token, now: float) -> Flow[Token]:
        """The advisory window: this caller alone renews, and goes on with what it has where that fails."""
        self.fresh_until = min(now + self._windows.gap, self._windows.must_at)
        try:
            token = yield from Once(self.key, partial(self._run, held, early=True), wait=0)
            return (yield from self._take(token))
        except Busy:
            log.debug("somebody else renews the login at %s; going on with the token at hand", self.source.where)
        except LoginDead as error:
            log.debug("the login cannot be renewed; its token is still good: %s", error)
        except LychgateError as error:
            log.warning("the early renewal failed; the token at hand is still good: %s", error)
        return held

    def _run(self, stale: Token | None, early: bool = False) -> Flow[Token]:
        """Under ``Once``: nobody else renews this login meanwhile. ``early``: no person is troubled yet."""
        kept = yield from self._kept()
        now = yield from Now()
        if kept is not None and not _same(kept, stale) and now < windows(kept).must_at:
            return kept
        if self._failure is not None and now < self._retry_at:
            raise _again(self._failure, self._retry_at - now)
        try:
            token = yield from self._next(
                newest(kept, self.token), None if early else getattr(self.source, "again", None)
            )
        except (TransientError, Refused) as error:
            yield from self._note(error)
            raise
        self._failure = None
        yield from same(self.source, newest(kept, self.token), token)
        yield from self._keep(token)
        return token

    def _next(self, base: Token | None, again: Again | None) -> Flow[Token]:
        if base is None:
            return (yield from self.source.obtain())
        try:
            if base.refresh is not None and base.refresh.reveal() == self._dead:
                raise self._dead_again()
            return (yield from self.source.renew(base))
        except LoginDead as dead:
            sibling = yield from self._sibling(base)
            if sibling is None:
                self._dead = base.refresh.reveal() if base.refresh else ""
                if again is None:
                    raise
                return (yield from again(dead))
        if (yield from Now()) < windows(sibling).must_at:
            return sibling
        return (yield from self.source.renew(sibling))

    def _sibling(self, base: Token) -> Flow[Token | None]:
        """What somebody else has made of ``base`` meanwhile: it may just be about to write it."""
        looks = 1 if self._dead else SIBLING_LOOKS
        for look in range(looks):
            if look:
                yield from Sleep(SIBLING_PAUSE)
            kept = yield from self._kept()
            if kept is not None and not (_same(kept, base) and kept.refresh == base.refresh):
                return kept
        return None

    def _kept(self) -> Flow[Token | None]:
        if not self._keeps:
            return None
        kept = from_record((yield from Load(self.key)))
        return replace(kept, key=self._given_key()) if kept and kept.type == BOUND and not kept.key else kept

    def _keep(self, token: Token) -> Flow[None]:
        """Write before use. Where that fails the token still serves, since a rotated one exists nowhere else."""
        if not self._keeps:
            return
        try:
            yield from Save(self.key, self._record(token))
        except (ConfigError, OSError) as error:
            log.error("the login at %s is renewed but could not be kept: %s", self.source.where, error)

    def _given_key(self) -> Secret | None:
        """The user's own key for proofs, which is kept where it is, and not with the login."""
        key = getattr(self.source, "dpop_key", None)
        return key if isinstance(key, Secret) else None

    def _record(self, token: Token) -> Record:
        if token.key is not None and token.key is self._given_key():
            token = replace(token, key=None)
        return to_record(token, str(token.extra.get("owner") or self.source.who), self.source.where)

    def _take(self, token: Token) -> Flow[Token]:
        if token is not self.token:
            bound = yield from self._bound(token)
            self._windows = windows(token)
            self.token, self.bound, self.fields = token, bound, None if bound else self.carried(token)
            self.fresh_until = min(self._windows.renew_at, token.issued_at + self._look_again)
        return token

    def _bound(self, token: Token) -> Flow[tuple[Token, ProofKey] | None]:
        if token.type != BOUND:
            return None
        held, key = self.bound, token.key
        if key is None:
            raise ConfigError(f"the key of the login at {self.source.where} is gone; log in again", field="dpop_key")
        if held is not None and held[1].secret == key:
            return token, held[1]
        from lychgate.issuer.proof import opened

        return token, (yield from Call(opened, (key,)))

    def carried(self, token: Token) -> tuple[tuple[str, str], ...]:
        """The header fields that carry ``token``: the source's own, else those of RFC 6750 2.1."""
        own = getattr(self.source, "fields", None)
        return own(token) if own else (("Authorization", f"Bearer {token.access.reveal()}"),)

    def _note(self, error: TransientError | Refused) -> Flow[None]:
        now = yield from Now()
        wished = error.retry_after if isinstance(error, TransientError) else None
        self._failure, self._retry_at = error, now + max(GAP, wished or 0.0)

    def _login(self) -> Flow[Token]:
        token = yield from self.source.obtain()
        yield from same(self.source, (yield from self._kept()), token)
        if self._keeps:
            yield from Save(self.key, self._record(token))
        self._failure, self._dead = None, ""
        return token

    def _forget(self) -> Flow[Token | None]:
        kept = yield from self._kept()
        if self._keeps:
            yield from Save(self.key, None)
        held, self.token, self.bound, self.fields, self.fresh_until = self.token, None, None, (), 0.0
        return kept or held

    def _dead_again(self) -> LoginDead:
        command = getattr(self.source, "command", f"lychgate login {self.source.where}")
        return LoginDead(
            f"the login at {self.source.where} has ended: the issuer said so before. Log in again:  {command}",
            command=command,
        )


def _again(failure: LychgateError, left: float) -> LychgateError:
    """The failure of a moment ago; nothing is sent again so soon."""
    return TransientError(str(failure), retry_after=left) if isinstance(failure, TransientError) else failure


def _same(one: Token, other: Token | None) -> bool:
    return other is not None and one.access == other.access
