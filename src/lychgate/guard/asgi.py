"""The guard as ASGI middleware: the application behind it sees only calls with an accepted token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .principal import Principal
from .refusal import Refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Admit = Callable[[list[str]], Awaitable[Principal]]

STATE = "lychgate.principal"


class GuardedApp:
    """``app`` behind ``admit``; a handler finds the caller in ``scope["lychgate.principal"]``.

    Also in Starlette's ``request.state.principal``. A refused WebSocket is closed before it is accepted.
    """

    def __init__(self, app: App, admit: Admit) -> None:
        self._app, self._admit = app, admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        try:
            principal = await self._admit(_authorizations(scope))
        except Refusal as refusal:
            return await _refuse(refusal, scope, send)
        scope[STATE] = principal
        scope.setdefault("state", {})["principal"] = principal
        return await self._app(scope, receive, send)


def _authorizations(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008, "reason": refusal.error or "unauthorized"})
    body = refusal.body()
    headers = [*refusal.headers(), ("content-length", str(len(body)))]
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers],
        }
    )
    return await send({"type": "http.response.body", "body": body})
