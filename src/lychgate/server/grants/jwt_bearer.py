"""The JWT bearer grant (RFC 7523 2.1): a token for whom the assertion of a trusted issuer names."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.oauth.jwt_bearer import GRANT
from lychgate.server.engine import Engine
from lychgate.server.trusted import presented

from .grant import Decision, Exchanged, Grant, Request


async def decide(engine: Engine, request: Request) -> Decision:
    """For the user that the operator's row of trust makes of the subject; what the client may have, and no login."""
    text = request.form.get("assertion")
    if text is None:
        raise OAuthError("invalid_request", "assertion is missing")
    shown = await presented.assertion(engine, request, text)
    taken = Exchanged(family=shown.family, given_at=shown.given_at, detail={"of": str(shown.claims["iss"])})
    return Decision(shown.subject, shown.user, exchanged=taken)


JWT_BEARER = Grant(GRANT, ("assertion", "scope", "resource"), decide)
