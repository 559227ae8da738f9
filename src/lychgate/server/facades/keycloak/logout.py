"""The logout address of a realm: our page for a browser, and for a program the end of the login of a refresh token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from lychgate.oauth.error import OAuthError
from lychgate.server.endpoints.revocation import end_login
from lychgate.server.exchange import Answer, Call, read_form
from lychgate.server.pages.paths import PATHS
from lychgate.server.programs.authenticate import authenticate

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from lychgate.server.engine import Engine

    Handler = Callable[[Call], Awaitable[Answer]]

PAGE = PATHS["log_out"]


def methods(engine: Engine, page: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """``page`` are the handlers of our own page."""
    return {**page, "POST": partial(_log_out, engine, page["POST"])}


async def _log_out(engine: Engine, page: Handler, call: Call) -> Answer:
    body = await call.body()
    form = read_form(body)
    token = form.get("refresh_token")
    if token is None:
        return await page(_again(call, body))
    client, _ = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
    refresh = engine.refresh_tokens.read(token)
    family = await engine.store.family(refresh.family) if refresh else None
    if family is None or (family.issuer, family.client) != (engine.issuer.id, client.id):
        raise OAuthError("invalid_grant", "this refresh token is not known here")
    await end_login(engine, call, client, family.id)
    return Answer(204, b"", [(b"cache-control", b"no-store")])


def _again(call: Call, body: bytes) -> Call:
    """The same request, whose body was read already."""

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    lines = list(call.headers.items())
    scope = {"method": call.method, "path": call.path, "query_string": call.query, "headers": lines}
    return Call(scope, receive, call.headers, call.address, call.id)
