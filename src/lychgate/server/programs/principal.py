"""Who calls our own endpoints with an access token (RFC 6750)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.kernel.challenge import Challenge
from lychgate.oauth import bound, jose
from lychgate.oauth.access_token import NotAccepted
from lychgate.oauth.error import OAuthError
from lychgate.server.bound import possession
from lychgate.server.engine import Engine
from lychgate.server.exchange import Call
from lychgate.server.model import Client, Issuer, User


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: ``user`` is the person, or the owner of the client where ``by_client`` (None if it has none)."""

    client: Client
    user: User | None
    by_client: bool
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def scope(self) -> tuple[str, ...]:
        return tuple(self.claims.get("scope", "").split())


async def bearer(engine: Engine, authorization: str | None, call: Call | None = None) -> Principal:
    """The caller whose access token ``authorization`` shows, as the header has it; ``call`` is the request, with the
    proof for a token that is bound (RFC 9449 7, RFC 8705 3). Without it no such token is taken.

    Raises ``OAuthError`` with status 401 and the challenge to send.
    """
    issuer = engine.issuer
    scheme, _, token = (authorization or "").partition(" ")
    scheme, token = scheme.lower(), token.strip()
    if scheme not in ("bearer", "dpop") or not token:
        raise _unauthorized(issuer, "this needs an access token", bare=True)
    try:
        claims = await engine.tokens.read(token, issuer, audience=issuer.url)
    except NotAccepted as error:
        raise _unauthorized(issuer, f"the access token is not accepted: {error}", scheme) from None
    if "cnf" in claims or scheme == "dpop":
        await _held(engine, call, token, bound.read(claims), scheme)
    client = await engine.authority.client(issuer.id, claims["client_id"])
    id = engine.authority.acts_for(issuer.id, claims)
    user = await engine.authority.user(id) if id else None
    if client is None:
        raise _unauthorized(issuer, "the client of this access token is gone", scheme)
    return Principal(client, user, claims["sub"] != claims.get("user_id"), claims)


async def _held(engine: Engine, call: Call | None, token: str, binding: bound.Binding, scheme: str) -> None:
    try:
        if call is None:
            raise OAuthError(
                "invalid_token", "it is bound to its sender, and there is no way here to prove that it is you"
            )
        await possession.require(engine, call, token, binding, scheme == "dpop")
    except OAuthError as error:
        asked = "dpop" if binding.jkt else scheme
        raise _refused(engine.issuer, error.error, error.description, asked, error.headers) from None


def _unauthorized(issuer: Issuer, why: str, scheme: str = "bearer", bare: bool = False) -> OAuthError:
    return _refused(issuer, "" if bare else "invalid_token", why, scheme, {})


def _refused(issuer: Issuer, error: str, why: str, scheme: str, headers: Mapping[str, str]) -> OAuthError:
    said = {"realm": issuer.url} | ({"error": error, "error_description": why} if error else {})
    said |= {"algs": " ".join(jose.ASYMMETRIC)} if scheme == "dpop" else {}
    challenge = {"WWW-Authenticate": str(Challenge(scheme, said))}
    return OAuthError(error or "invalid_token", why, status=401, headers={**headers, **challenge})
