"""From an access token to its principal: the issuer is found, asked once, and the verdict remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lychgate.kernel.flow import Flow
from lychgate.oauth import jose

from .checker import Checker, Peeked, Verdict
from .principal import Principal
from .refusal import invalid_token

REMEMBERED = 4096  # verdicts


@dataclass(frozen=True, slots=True, eq=False)
class Verifier:
    """``checkers`` by the issuer's URL. Nothing of a token is kept but its digest."""

    checkers: Mapping[str, Checker]
    _seen: dict[bytes, tuple[Checker, Verdict]] = field(default_factory=dict)

    def at_once(self, token: str, now: float) -> Principal | None:
        """The principal where nobody has to be asked: by a look-up where the token was verified before and the verdict
        still holds at ``now``, else by the keys that are here. None where a flow is needed. Raises ``Refusal``."""
        digest = _digest(token)
        found = self._seen.get(digest)
        if found is not None and found[0].holds(found[1], now):
            return found[1].principal
        checker, peeked = self._checker(token)
        verdict = checker.at_once(token, peeked, now)
        return None if verdict is None else self._remember(digest, checker, verdict)

    def verify(self, token: str) -> Flow[Principal]:
        """The principal of ``token``. Raises ``Refusal``: 401 for a token that is not accepted, 503 without keys."""
        checker, peeked = self._checker(token)
        digest = _digest(token)
        return self._remember(digest, checker, (yield from checker.check(token, peeked, digest)))

    def _remember(self, digest: bytes, checker: Checker, verdict: Verdict) -> Principal:
        while len(self._seen) >= REMEMBERED:
            self._seen.pop(next(iter(self._seen)), None)
        self._seen[digest] = checker, verdict
        return verdict.principal

    def _checker(self, token: str) -> tuple[Checker, Peeked | None]:
        """Who checks it, and what a JWT says itself. A token is never shown to an issuer that it does not name, nor one
        that is too long to be any."""
        if len(token) > jose.LONGEST:
            raise invalid_token("the access token is too long")
        try:
            peeked = jose.peek(token)
        except jose.BadJwt as error:
            alone = _asked(self.checkers.values()) if token.count(".") != 2 else None
            if alone is None:
                raise invalid_token(f"the access token is not accepted: {error}") from None
            return alone, None
        found = self.checkers.get(str(peeked[1].get("iss")))
        if found is None:
            raise invalid_token("the access token is not accepted: it is from another issuer")
        return found, peeked


def _asked(checkers: Iterable[Checker]) -> Checker | None:
    """The one issuer that may know a token which names none; None where there are several."""
    found = [checker for checker in checkers if checker.introspector is not None and checker.keys is None]
    return found[0] if len(found) == 1 else None


def _digest(token: str) -> bytes:
    """What verdicts are remembered by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
