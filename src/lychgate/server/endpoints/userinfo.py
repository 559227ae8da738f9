"""Userinfo (OpenID Connect Core 5.3): who the person is that a token acts for."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer
from lychgate.server.principal import bearer


async def userinfo(engine: Engine, call: Call) -> Answer:
    """GET or POST with an access token of a user; ``sub`` is that of the token."""
    caller = await bearer(engine, call.authorization)
    user = caller.user
    if user is None or caller.by_client:
        raise OAuthError("insufficient_scope", "this token is a client's own: there is no person to tell of")
    return json_answer(
        {
            "sub": user.id,
            "email": user.email,
            "email_verified": user.verified,
            "name": user.name,
            "preferred_username": user.name,
        }
    )
