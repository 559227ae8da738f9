"""The answer at an address where there is nothing: a page for whoever opens it in a browser, an error for programs."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call
from lychgate.server.pages.message import not_found
from lychgate.server.sessions.browser import browser_of


async def answer(engine: Engine, call: Call) -> Answer:
    """The page. Raises ``OAuthError`` (404) for a program, which asks for no page by name."""
    if call.method not in ("GET", "HEAD") or "text/html" not in (call.header(b"accept") or ""):
        raise OAuthError("invalid_request", "there is nothing at this address", status=404)
    return (await browser_of(engine, call)).page(not_found())
