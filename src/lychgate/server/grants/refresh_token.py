"""The refresh grant (RFC 6749 6) with rotation (RFC 9700 4.14.2).

Everything is read and checked before the number is taken: a refusal or a database that goes away uses up nothing.
"""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine

from .grant import Decision, Grant, Request


async def decide(engine: Engine, request: Request) -> Decision:
    """The login goes on with at most the scope and audience that it began with."""
    token = request.form.get("refresh_token")
    if token is None:
        raise OAuthError("invalid_request", "refresh_token is missing")
    refresh = engine.refresh_tokens.read(token)
    family = await engine.store.family(refresh.family) if refresh else None
    ours = (request.issuer.id, request.client.id)
    if refresh is None or family is None or (family.issuer, family.client) != ours:
        raise OAuthError("invalid_grant", "this refresh token is not known here")
    if not request.held.opens(family.bound):
        raise OAuthError("invalid_grant", "this refresh token is bound to another key or certificate")
    user = await engine.authority.user(family.user)
    if user is None:
        raise OAuthError("invalid_grant", "the user of this login is no longer known")
    return Decision(user.id, user, family.scope, family.audience, family=family, refresh=refresh)


REFRESH_TOKEN = Grant("refresh_token", ("refresh_token", "scope", "resource"), decide)
