"""The guard for a proxy that asks about each request: nginx's ``auth_request``, Traefik's and Caddy's forward-auth.

The answer's headers say who it is. Each of them stands in every answer, empty where there is nothing to say, so that
the proxy replaces whatever a client sent under the same name.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit

from lychgate.kernel.errors import ConfigError

from .asgi import Gate, Receive, Scope, Send, call_of
from .call import Call
from .principal import Principal
from .published import HEADERS as DOCUMENT
from .refusal import Refusal
from .switch import HEADER

LOOPBACK = ("127.0.0.0/8", "::1/128")
NAMES = ("x-auth-subject", "x-auth-client", "x-auth-issuer", "x-auth-scopes", "x-auth-roles", "x-auth-groups")
_ORIGINAL = frozenset({b"x-original-uri", b"x-forwarded-uri"})
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "%,")

Network = IPv4Network | IPv6Network


def networks(texts: Iterable[str]) -> list[Network]:
    """Addresses and networks as they were typed. Raises ``ConfigError``."""
    try:
        return [ip_network(text, strict=False) for text in texts]
    except ValueError as error:
        raise ConfigError(f"the proxy's address: {error}", field="proxy") from None


class ForwardApp:
    """An ASGI application that answers 200 with the caller's name, or the refusal; only ``proxies`` may ask."""

    def __init__(self, gate: Gate, proxies: Iterable[Network]) -> None:
        self._gate, self._proxies = gate, list(proxies)

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
            who = await self._gate.aadmit(asked_about(scope))
        except Refusal as refusal:
            return refusal.status, [*refusal.headers(), *told(None)], refusal.body()
        return 200, [("cache-control", "no-store"), *told(who)], b""

    def _is_proxy(self, client: Any) -> bool:
        """By the address of the connection itself; a forwarded one is anybody's word."""
        try:
            address = ip_address(str(client[0]).partition("%")[0])
        except (TypeError, ValueError):
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._proxies)


def asked_about(scope: Scope) -> Call:
    """The request that the proxy has; its query is what the proxy says it is."""
    ours = call_of(scope)
    original = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() in _ORIGINAL]
    query = "&".join(filter(None, [ours.query, *(_query(text) for text in original)]))
    return Call(ours.authorizations, query, ours.addresses)


def told(who: Principal | None) -> list[tuple[str, str]]:
    """The headers of an answer: what is no visible ASCII is percent-encoded, and lists are parted by spaces."""
    if who is None:
        return [(name, "") for name in NAMES]
    words = (who.scopes, who.roles, who.groups)
    single = [quote(text, safe=_PLAIN) for text in (who.subject, who.client, who.issuer)]
    lists = [" ".join(sorted(quote(word, safe=_PLAIN) for word in found)) for found in words]
    return list(zip(NAMES, [*single, *lists], strict=True))


def _query(uri: str) -> str:
    try:
        return urlsplit(uri).query
    except ValueError:
        return uri.partition("?")[2]
