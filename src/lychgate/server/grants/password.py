"""The password grant (RFC 6749 4.3), for testing and for old clients: RFC 9700 2.4 advises against it.

It knows no second step, so whoever has a second factor is refused: a password alone never lets them in.
"""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.people.login import log_in
from lychgate.server.people.second_factors import needed

from .grant import Decision, Grant, Request


async def decide(engine: Engine, request: Request) -> Decision:
    """A login starts where the client proved who it is and may refresh."""
    form, client = request.form, request.client
    if "username" not in form or "password" not in form:
        raise OAuthError("invalid_request", "username and password are needed")
    user = await log_in(engine, request.issuer, form["username"], form["password"])
    if await needed(engine, user):
        raise OAuthError("invalid_grant", "this person has a second factor: log in with the browser")
    return Decision(user.id, user, login=request.proved and "refresh_token" in client.grants)


PASSWORD = Grant("password", ("username", "password", "scope", "resource"), decide)
