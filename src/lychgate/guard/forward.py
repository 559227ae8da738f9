"""The guard for a proxy that asks about each request: nginx's ``auth_request``, Traefik's and Caddy's forward-auth.

The answer's headers say who it is. Each of them stands in every answer, empty where there is nothing to say, so that
the proxy replaces whatever a client sent under the same name. A name that is the same to the service alone
(``X_Auth_Subject``: to CGI, WSGI and PHP a hyphen, an underscore and a dot are one) goes past proxies, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from .asgi import Gate, Receive, Scope, Send, call_of, sender_of
from .call import Call
from .principal import Principal
from .published import HEADERS as DOCUMENT
from .refusal import Refusal, bad_request
from .sender import Network, Proxies, Sender
from .switch import HEADER

NAMES = ("x-auth-subject", "x-auth-client", "x-auth-issuer", "x-auth-scopes", "x-auth-roles", "x-auth-groups")
_ORIGINAL = (b"x-original-uri", b"x-forwarded-uri", b"x-original-url")
NOWHERE = "unknown.invalid"  # a guard that does not know its API's origins accepts no proof
_METHOD = (b"x-original-method", b"x-forwarded-method")
_UNLIKE = re.compile(r"[^a-z0-9]")
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "%,")


class ForwardApp:
    """An ASGI application that answers 200 with the caller's name, or the refusal; only ``proxies`` may ask."""

    def __init__(self, gate: Gate, proxies: Iterable[Network]) -> None:
        self._gate, self._proxies = gate, Proxies(tuple(proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, headers, body = await self._answer(scope)
        extra = [] if self._gate.switch.on else [HEADER]
        lines = [*headers, *extra, ("content-length", str(len(body)))]
        fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in lines]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Scope) -> tuple[int, list[tuple[str, str]], bytes]:
        if not self._is_proxy(scope.get("client")):
            return 403, [("content-type", "text/plain")], b"only the proxy may ask here\n"
        if self._gate.published.answers(scope["method"], scope["path"]):
            return 200, list(DOCUMENT), self._gate.published.body()
        try:
            _require_no_likeness(scope)
            who = await self._gate.aadmit(asked_about(scope))
        except Refusal as refusal:
            return refusal.status, [*refusal.headers(), *told(None)], refusal.body()
        return 200, [("cache-control", "no-store"), *told(who)], b""

    def _is_proxy(self, client: Any) -> bool:
        """By the address of the connection itself; a forwarded one is anybody's word."""
        return bool(client) and self._proxies.hold(str(client[0]))


def _require_no_likeness(scope: Scope) -> None:
    """Raises ``Refusal`` 400 for a header field that a service may take for one of ours."""
    for raw, _ in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name not in NAMES and _UNLIKE.sub("-", name) in NAMES:
            raise bad_request("a header field looks like one that only the proxy may send")


def asked_about(scope: Scope) -> Call:
    """The request that the proxy has; its method, path and query are what the proxy says they are."""
    ours = call_of(scope)
    query = "&".join(filter(None, [ours.query, *(_query(text) for text in _said(scope, _ORIGINAL))]))
    return Call(ours.authorizations, query, ours.addresses, lambda: _sender(scope))


def _sender(scope: Scope) -> Sender:
    """The sender of that request. A proxy that leaves its method or path out gets no proof accepted.

    The host is never a request's word here, since some proxies pass on what clients say of it: it is the guard's own.
    """
    method, uri, ours = _said(scope, _METHOD), _said(scope, _ORIGINAL), sender_of(scope)
    if len(method) != 1 or len(set(map(_path, uri))) != 1:
        return replace(ours, method="", url="")
    return replace(ours, method=method[0], url=f"https://{NOWHERE}{_path(uri[0])}")


def _said(scope: Scope, names: Iterable[bytes]) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() in names]


def told(who: Principal | None) -> list[tuple[str, str]]:
    """The headers of an answer: what is no visible ASCII is percent-encoded, and lists are parted by spaces."""
    if who is None:
        return [(name, "") for name in NAMES]
    words = (who.scopes, who.roles, who.groups)
    single = [quote(text, safe=_PLAIN) for text in (who.subject, who.client, who.issuer)]
    lists = [" ".join(sorted(quote(word, safe=_PLAIN) for word in found)) for found in words]
    return list(zip(NAMES, [*single, *lists], strict=True))


def _path(uri: str) -> str:
    """The path as it was sent; of a whole URL too."""
    rest = uri.partition("?")[0]
    _, colon, after = rest.partition("://")
    return "/" + after.partition("/")[2] if colon and not rest.startswith("/") else rest


def _query(uri: str) -> str:
    try:
        return urlsplit(uri).query
    except ValueError:
        return uri.partition("?")[2]
