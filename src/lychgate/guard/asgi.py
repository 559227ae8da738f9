"""The guard as ASGI middleware: the application behind it sees only calls with an accepted token."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol
from urllib.parse import quote

from lychgate.oauth import client_cert

from .call import Call
from .principal import Principal
from .published import HEADERS, Published
from .refusal import Refusal
from .sender import Sender, behind
from .switch import HEADER, Switch

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

STATE = "lychgate.principal"
DENIAL = "websocket.http.response"  # ASGI's extension for a refusal with status, header and body


class Gate(Protocol):
    """What the middleware needs of a guard."""

    published: Published
    switch: Switch

    async def aadmit(self, call: Call) -> Principal: ...


class GuardedApp:
    """``app`` behind ``gate``; a handler finds the caller in ``scope["lychgate.principal"]``.

    Also in Starlette's ``request.state.principal``. A refused WebSocket is closed before it is accepted, with the
    refusal as its answer where the server can send one. Paths for which ``open`` says yes are for everybody; they are
    paths within ``app``, without what a server or a mount has in front of it (``root_path``).
    """

    def __init__(self, app: App, gate: Gate, open: Callable[[str], bool]) -> None:
        self._app, self._gate, self._open = app, gate, open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if not self._gate.switch.on:
            send = _marked(send)
        path = within(scope["path"], scope.get("root_path", ""))
        if scope["type"] == "http" and self._gate.published.answers(scope["method"], scope["path"], path):
            return await _answer(scope, send, 200, HEADERS, self._gate.published.body())
        if not self._open(path):
            try:
                principal = await self._gate.aadmit(call_of(scope))
            except Refusal as refusal:
                return await _refuse(refusal, scope, send)
            scope[STATE] = principal
            scope.setdefault("state", {})["principal"] = principal
        return await self._app(scope, receive, send)


def within(path: str, above: str) -> str:
    """``path`` as the application at ``above`` knows it; as it stands where it does not lie below."""
    inner = path.removeprefix(above)
    return inner if above and path != inner and inner[:1] in ("", "/") else path


def call_of(scope: Scope) -> Call:
    """What the guard looks at of a request."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]
    ends = (_host(scope.get("client")), _host(scope.get("server")))
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    return Call(values, query, ends, functools.partial(sender_of, scope))


def sender_of(scope: Scope) -> Sender:
    """What a request shows of its sender, its URL as this server sees it."""
    host, *proxied = (_all(scope, name) for name in (b"host", client_cert.FIELD.encode()))
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "http"), scope.get("scheme", "http"))
    url = f"{scheme}://{host[0] if len(host) == 1 else ''}{_path(scope)}"
    handed = proxied[0][0] if len(proxied[0]) == 1 else ""
    asks = behind(_all(scope, b"x-forwarded-for") + _all(scope, b"x-real-ip"), _all(scope, b"forwarded"))
    return Sender(scope.get("method", "GET"), url, _all(scope, b"dpop"), _certificate(scope), handed, asks)


def _all(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path")
    return raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])


def _certificate(scope: Scope) -> bytes | None:
    """By the TLS extension of ASGI, or in DER where the server says ``client_certificate``."""
    chain = ((scope.get("extensions") or {}).get("tls") or {}).get("client_cert_chain")
    if chain:
        return client_cert.from_pem(next(iter(chain)))
    der = scope.get("client_certificate")
    return der if isinstance(der, bytes) else None


def _host(end: Any) -> str | None:
    """An IP address; None where there is none. A Unix socket's ``server`` is its path and no port."""
    return str(end[0]) if end and end[1] is not None and end[0] else None


def _marked(send: Send) -> Send:
    """Every answer says that nobody was asked for a token."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] in ("http.response.start", "websocket.accept", f"{DENIAL}.start"):
            said = (HEADER[0].encode(), HEADER[1].encode())
            message = {**message, "headers": [*message.get("headers", ()), said]}
        await send(message)

    return sent


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket" and DENIAL not in (scope.get("extensions") or {}):
        return await send({"type": "websocket.close", "code": 1008, "reason": refusal.error or "unauthorized"})
    return await _answer(scope, send, refusal.status, refusal.headers(), refusal.body())


async def _answer(scope: Scope, send: Send, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
    """To HEAD without the body, which some servers would send on, in front of the next answer."""
    kind = "http.response" if scope["type"] == "http" else DENIAL
    lines = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    lines.append((b"content-length", str(len(body)).encode()))
    await send({"type": f"{kind}.start", "status": status, "headers": lines})
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else body})
