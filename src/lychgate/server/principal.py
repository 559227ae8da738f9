"""Who calls our own endpoints with an access token (RFC 6750)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.kernel.challenge import Challenge
from lychgate.oauth.access_token import NotAccepted
from lychgate.oauth.error import OAuthError

from .engine import Engine
from .model import Client, Issuer, User


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


async def bearer(engine: Engine, authorization: str | None, issuer: Issuer | None = None) -> Principal:
    """The caller that an ``Authorization`` header shows.

    Raises ``OAuthError`` with status 401 and the challenge to send.
    """
    issuer = issuer or engine.issuer
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized(issuer, "this needs an access token", bare=True)
    try:
        claims = await engine.tokens.read(token.strip(), issuer, audience=issuer.url)
    except NotAccepted as error:
        raise _unauthorized(issuer, f"the access token is not accepted: {error}") from None
    client = await engine.authority.client(issuer.id, claims["client_id"])
    id = engine.authority.acts_for(issuer.id, claims)
    user = await engine.authority.user(id) if id else None
    if client is None:
        raise _unauthorized(issuer, "the client of this access token is gone")
    return Principal(client, user, claims["sub"] != claims.get("user_id"), claims)


def _unauthorized(issuer: Issuer, why: str, bare: bool = False) -> OAuthError:
    said = {"realm": issuer.url} | ({} if bare else {"error": "invalid_token", "error_description": why})
    return OAuthError("invalid_token", why, headers={"WWW-Authenticate": str(Challenge("bearer", said))})
