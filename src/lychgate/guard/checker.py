"""Checking the access tokens of one issuer: by its keys (RFC 9068 4, RFC 8725), by asking it (RFC 7662), or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lychgate.issuer.discovery import discover
from lychgate.issuer.jwks import IssuerKeys
from lychgate.kernel.errors import TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Now
from lychgate.oauth import access_token, bound, jose

from .introspector import PATIENCE, TRIES, Introspector
from .principal import Principal, principal_of
from .refusal import Refusal, invalid_token, unavailable
from .trusted import Issuer

Peeked = tuple[dict[str, Any], dict[str, Any]]  # header and claims, not verified


@dataclass(slots=True, eq=False)
class Verdict:
    """``principal`` is believed from ``since`` until before ``until``, while ``version`` is that of the keys."""

    principal: Principal
    since: float
    until: float
    version: int


@dataclass(frozen=True, slots=True, eq=False)
class Checker:
    """The checks of ``issuer``'s tokens; ``keys`` or ``introspector`` is None where it is not asked for."""

    issuer: Issuer
    audience: frozenset[str]
    leeway: float
    keys: IssuerKeys | None
    introspector: Introspector | None

    def holds(self, verdict: Verdict, now: float) -> bool:
        """Whether ``verdict`` may be believed at ``now`` (epoch seconds) without any look elsewhere."""
        if not verdict.since <= now < verdict.until:
            return False
        return self.keys is None or (verdict.version == self.keys.version and self.keys.known(None, now) is not None)

    def at_once(self, token: str, peeked: Peeked | None, now: float) -> Verdict | None:
        """The verdict by the keys that are here, with no flow; None where somebody has to be asked first.

        Raises ``Refusal`` as ``check`` does.
        """
        if self.keys is None or self.introspector is not None or peeked is None:
            return None
        found = self.keys.known(peeked[0].get("kid"), now)
        if found is None:
            return None
        try:
            return self._verdict(self._signed(token, peeked, found, now), now, float("inf"))
        except (jose.BadJwt, access_token.NotAccepted) as error:
            raise _not_accepted(error) from None

    def check(self, token: str, peeked: Peeked | None, digest: bytes) -> Flow[Verdict]:
        """The verdict on ``token``; ``peeked`` is what it says itself, None where it is no JWT.

        Raises ``Refusal``: 401 for a token that is not accepted, 503 where the issuer is away.
        """
        try:
            claims = None if self.keys is None else (yield from self._by_keys(token, peeked, self.keys))
            now, until = (yield from Now()), float("inf")
            if self.introspector is not None:
                self._require_typ(peeked)
                told = yield from self.introspector.ask(token, digest)
                now, until = told.since, told.until
                claims = self._told(told.claims, told.since, told.until) if claims is None else _alive(told, claims)
        except (jose.BadJwt, access_token.NotAccepted) as error:
            raise _not_accepted(error) from None
        except TransientError as error:
            raise unavailable(str(error)) from None
        assert claims is not None  # an issuer has keys or is asked
        return self._verdict(claims, now, until)

    def _by_keys(self, token: str, peeked: Peeked | None, keys: IssuerKeys) -> Flow[dict[str, Any]]:
        found = yield from keys.find(peeked[0].get("kid") if peeked else None)
        return self._signed(token, peeked, found, (yield from Now()))

    def _signed(self, token: str, peeked: Peeked | None, keys: Sequence[jose.Key], now: float) -> dict[str, Any]:
        read, claims = jose.verify(token, keys, self.issuer.algs, peeked)
        access_token.require(
            read,
            claims,
            issuer=self.issuer.url,
            audience=self.audience,
            now=now,
            leeway=self.leeway,
            types=frozenset(self.issuer.types),
            payload_typ=self.issuer.payload_typ,
            names=self.issuer.names,
        )
        return claims

    def _require_typ(self, peeked: Peeked | None) -> None:
        """A JWT says itself what it is not: an ID token is active for many issuers, and no access token."""
        if peeked is not None and str(peeked[0].get("typ")).lower() not in frozenset(self.issuer.types):
            raise access_token.NotAccepted("this is not an access token (its typ says otherwise)")

    def _told(self, claims: dict[str, Any] | None, now: float, until: float) -> dict[str, Any]:
        if claims is None:
            raise access_token.NotAccepted("its issuer says that it is not active")
        if str(claims.get("token_type", "Bearer")).lower() not in ("bearer", "dpop", "n_a"):
            raise access_token.NotAccepted("its issuer says that it is of a type that is not known here")
        if str(claims.get("token_type")).lower() == "dpop" and bound.JKT not in (claims.get("cnf") or {}):
            raise access_token.NotAccepted("its issuer does not say which key it is bound to")
        if not access_token.is_one(claims, self.issuer.payload_typ):
            raise access_token.NotAccepted("this is not an access token (its typ says otherwise)")
        whole = {"iss": self.issuer.url, "exp": until} | claims
        access_token.require_claims(whole, issuer=self.issuer.url, audience=self.audience, now=now, leeway=self.leeway)
        return whole

    def _verdict(self, claims: dict[str, Any], since: float, until: float) -> Verdict:
        who = principal_of(claims, self.issuer.url, self.issuer.client_claim, self.issuer.scope_claim)
        end = who.expires_at + (0 if self.introspector else self.leeway)
        # A clock that is set back makes us look again, and is no reason to believe for longer.
        return Verdict(who, since, min(end, until), -1 if self.keys is None else self.keys.version)


def _not_accepted(why: ValueError) -> Refusal:
    return invalid_token(f"the access token is not accepted: {why}")


def _alive(told: Any, claims: dict[str, Any]) -> dict[str, Any]:
    if told.claims is None:
        raise access_token.NotAccepted("its issuer says that it is not active")
    return claims


def checker(issuer: Issuer, audience: frozenset[str], leeway: float, stale: float, limit: float) -> Checker:
    """The checker of ``issuer``'s tokens; all times in seconds."""
    lax, who = issuer.allow_insecure, issuer.identity
    keys = IssuerKeys(
        issuer.url, lambda: discover(issuer.url, allow_insecure=lax, tries=TRIES, timeout=PATIENCE), lax, stale
    )
    asks = Introspector(issuer.url, who, limit, lax) if who is not None else None
    return Checker(issuer, audience, leeway, keys if issuer.keys else None, asks)
