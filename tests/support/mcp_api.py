"""A small MCP server on a loopback port: a protected resource (RFC 9728), and the tokens for it are our issuer's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer

from lychgate.guard.guard import Guard
from lychgate.guard.refusal import Refusal
from support.node import free_port

PATH = "/mcp"


class OurTokens:
    """What the MCP server asks about a token: our guard answers, for this API alone."""

    def __init__(self, issuer: str, resource: str) -> None:
        types = ("JWT",) if "/realms/" in issuer else ("at+jwt",)  # a realm's tokens are like Keycloak's
        self._guard, self._resource = Guard(issuer, resource, types=types), resource

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            found = await self._guard.averify(token)
        except Refusal:
            return None
        return AccessToken(
            token=token,
            client_id=found.client,
            scopes=sorted(found.scopes),
            expires_at=int(found.expires_at),
            resource=self._resource,
            subject=found.subject,
        )


def new_url() -> str:
    """Where an MCP server may be: a free port."""
    return f"http://127.0.0.1:{free_port()}{PATH}"


@contextmanager
def serving(url: str, issuer: str, *scopes: str) -> Iterator[None]:
    """It answers at ``url`` whoever has a token of ``issuer`` for it with all ``scopes``; its tool says who that is."""
    about = {"issuer_url": issuer, "resource_server_url": url, "required_scopes": list(scopes)}
    settings = AuthSettings.model_validate(about | {"validate_token_resource": True})  # as texts they stay as they are
    mcp: MCPServer[Any] = MCPServer("tests", token_verifier=OurTokens(issuer, url), auth=settings)

    @mcp.tool()
    def whoami() -> str:
        """The subject of the caller's token."""
        found = get_access_token()
        return str(found and found.subject)

    port = int(url.removesuffix(PATH).rpartition(":")[2])
    server = uvicorn.Server(
        uvicorn.Config(mcp.streamable_http_app(), host="127.0.0.1", port=port, log_level="error", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive(), "the MCP server ended at once"
            assert time.monotonic() < deadline, "the MCP server did not start"
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(10)
