"""The client credentials grant (RFC 6749 4.4): the client for itself, acting for its owner where it has one."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine

from .grant import Decision, Grant, Request


async def decide(engine: Engine, request: Request) -> Decision:
    """The owner's roles and groups are the token's; its ``sub`` is the client."""
    if not request.proved:
        raise OAuthError("invalid_client", "client_credentials needs client authentication (RFC 6749 4.4.2)")
    return Decision(request.client.id, await engine.authority.owner(request.client))


CLIENT_CREDENTIALS = Grant("client_credentials", ("scope", "resource"), decide)
