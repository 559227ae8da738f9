"""``id_token_hint`` (OpenID Connect Core 3.1.2.1): an ID token of ours, whose age does not matter."""

from __future__ import annotations

from typing import Any

from lychgate.oauth import id_token as messages
from lychgate.oauth import jose
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine


async def read_hint(engine: Engine, token: str, name: str = "id_token_hint") -> dict[str, Any]:
    """The claims of an ID token of the engine's issuer, which came as the parameter ``name``.

    Raises ``OAuthError`` invalid_request for any other.
    """
    try:
        header, _ = jose.peek(token)
        key = await engine.keys.verifying(engine.issuer.id, header.get("kid"))
        if key is None:
            raise jose.BadJwt("signed by a key that is none of ours")
        header, claims = jose.verify(token, [key], [str(key.get("alg"))])
    except jose.BadJwt as error:
        raise OAuthError("invalid_request", f"{name}: {error}") from None
    named = claims.get("iss") == engine.issuer.url and isinstance(claims.get("aud"), str)
    marked = header.get("typ") in (None, "JWT") and claims.get("typ") in (None, messages.KEYCLOAK_TYP)
    if not named or not marked or not isinstance(claims.get("sub"), str):
        raise OAuthError("invalid_request", f"{name}: this is no ID token of this issuer")
    return claims
