"""What an issuer says of tokens (RFC 7662), remembered for a stated while: a flow, for both colours.

An answer is remembered to the token's end, and no longer than ``limit`` seconds: within these a revocation is seen.
Callers with the same token ask once. An issuer that has just been away is not asked again for a second; one that
refuses a single question is, so that nobody's strange token stands in the way of others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lychgate.issuer.identity import Identity
from lychgate.issuer.introspection import introspect
from lychgate.kernel.errors import LychgateError, Refused
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.steps import Now

from .refusal import Refusal, unavailable

REMEMBERED = 4096  # answers
TRIES, PATIENCE = 2, 5.0  # seconds for each try: callers wait meanwhile, and a 503 says more than silence
_PAUSE = 1.0  # seconds


@dataclass(slots=True)
class Told:
    """``claims`` is None for a token that is not active; believed from ``since`` until before ``until``."""

    claims: dict[str, Any] | None = field(repr=False)
    since: float
    until: float


@dataclass(slots=True, eq=False)
class Introspector:
    """Asks ``issuer`` as the client ``who``; ``limit`` in seconds."""

    issuer: str
    who: Identity
    limit: float
    allow_insecure: bool = False
    _told: dict[bytes, Told] = field(default_factory=dict)
    _failed: tuple[float, Refusal] | None = None

    def ask(self, token: str, digest: bytes) -> Flow[Told]:
        """What the issuer says of ``token``, whose digest is ``digest``. Raises ``Refusal`` 503 where it is away."""
        now = yield from Now()
        known = self._known(digest, now)
        if known is not None:
            return known
        if self._failed is not None and 0 <= now - self._failed[0] < _PAUSE:
            raise self._failed[1]
        return (yield from Once(f"introspect {self.issuer} {digest.hex()}", lambda: self._ask(token, digest)))

    def _known(self, digest: bytes, now: float) -> Told | None:
        told = self._told.get(digest)
        return told if told is not None and told.since <= now < told.until else None

    def _ask(self, token: str, digest: bytes) -> Flow[Told]:
        now = yield from Now()
        known = self._known(digest, now)  # somebody else may have asked while we came
        if known is not None:
            return known
        try:
            claims = yield from introspect(
                self.issuer, self.who, token, allow_insecure=self.allow_insecure, tries=TRIES, timeout=PATIENCE
            )
        except LychgateError as error:  # refused too: it is this API that the issuer does not know, not the caller
            refusal = unavailable(f"{self.issuer} cannot be asked about the access token: {error}")
            if not isinstance(error, Refused) or error.status in (401, 403) or error.error == "invalid_client":
                self._failed = ((yield from Now()), refusal)
            raise refusal from error
        self._failed = None
        return self._remember(digest, Told(claims, now, min(_end(claims), now + self.limit)))

    def _remember(self, digest: bytes, told: Told) -> Told:
        while len(self._told) >= REMEMBERED:
            self._told.pop(next(iter(self._told)), None)
        self._told[digest] = told
        return told


def _end(claims: dict[str, Any] | None) -> float:
    """When the token ends; what is no time is found out by whoever checks the claims."""
    exp = (claims or {}).get("exp")
    return float(exp) if isinstance(exp, int | float) and 0 <= exp < 1e15 else float("inf")
