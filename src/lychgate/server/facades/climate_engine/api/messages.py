"""What holds for each request and answer of this API: JSON only, credentials in one place, nothing kept by caches."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders

from .problems import problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
API = "/api/"

log = logging.getLogger("lychgate.server")


class Gate:
    """Refuses what no route should see, and gives each answer the headers that all have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = _refusal(scope)
        try:
            await (refusal or self._app)(scope, receive, with_headers)
        except Exception:
            if not started:
                raise
            log.exception("a request failed", extra={"request_id": scope.get("request_id")})


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    if b"access_token" in scope["query_string"]:
        return problem(
            400, "an access token belongs in the Authorization field, never in a URL", error="invalid_request"
        )
    if not scope["path"].removeprefix(scope.get("root_path", "")).startswith(API):
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    if not empty and kind != "application/json":
        return problem(415, "send a body of type application/json, or none", headers={"Accept": "application/json"})
    return None
