"""Asking what a client's registration names (``jwks_uri``, ``backchannel_logout_uri``), not led inside (SSRF).

Only https, only addresses of the public internet, no redirects, little time, few bytes. The address that was checked is
the address that is connected to, so that a name cannot answer differently the second time (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from lychgate.kernel.errors import LychgateError
from lychgate.kernel.http import DEFAULT_PORTS, Headers, Request, Response, without_query
from lychgate.world.wire import Wire

TIME = 5.0  # seconds for the whole of it
SIZE = 256 * 1024  # bytes
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotFetched(LychgateError):
    """The URL is refused, or what it names could not be read."""


class Fetcher:
    """Fetches. ``allow`` lists HOST:PORT that may be inner addresses, and then plain http too."""

    def __init__(self, allow: Iterable[str] = (), wire: Wire | None = None) -> None:
        self._allow = frozenset(allow)
        self._wire = wire or Wire()

    def check(self, url: str) -> SplitResult:
        """Refuse a URL that can be refused by its look. Raises ``NotFetched``."""
        parts = _split(url)
        if self._allowed(parts):
            return parts
        if parts.scheme != "https":
            raise NotFetched("only https URLs are fetched")
        host = (parts.hostname or "").rstrip(".")
        literal = _literal(host)
        if _is_inner_name(host) or (literal is not None and not is_public(literal)):
            raise NotFetched("an inner address is not fetched")
        return parts

    async def get(self, url: str) -> bytes:
        """The body of a 200 answer, at most 256 KiB within 5 seconds. Raises ``NotFetched``."""
        answer = await self._within(Request("GET", url, Headers({"Accept": "application/json"})), TIME)
        if answer.status != 200:
            raise NotFetched(f"{without_query(url)} answered {answer.status}")
        return answer.body

    async def post(self, url: str, body: bytes, kind: str) -> int:
        """The status of the answer to a POST of ``body`` (media type ``kind``), within 5 seconds.

        The answer is not looked at beyond that. Raises ``NotFetched`` where there is none.
        """
        request = Request("POST", url, Headers({"Content-Type": kind}), body)
        return (await self._within(request, TIME)).status

    async def send(self, request: Request, seconds: float) -> Response:
        """The answer, whatever its status: at most 256 KiB within ``seconds``. Raises ``NotFetched``."""
        return await self._within(request, seconds)

    async def _within(self, request: Request, seconds: float) -> Response:
        try:
            async with asyncio.timeout(seconds):
                return await self._send(request, seconds)
        except TimeoutError:
            raise NotFetched(f"{without_query(request.url)} did not answer within {seconds:.0f} seconds") from None

    async def _send(self, request: Request, seconds: float) -> Response:
        """To the very address that was checked."""
        address = await self._resolve(self.check(request.url))
        try:
            return await self._wire.afetch(request, seconds, address, SIZE)
        except LychgateError as error:
            raise NotFetched(str(error)) from None

    def _allowed(self, parts: SplitResult) -> bool:
        return f"{parts.hostname}:{_port(parts)}" in self._allow and parts.scheme in ("http", "https")

    async def _resolve(self, parts: SplitResult) -> str:
        """One address of the host; every one of them must be public unless the host is allowed."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotFetched("the host has no address") from None
        addresses = [str(entry[4][0]) for entry in found]
        if not self._allowed(parts) and not all(is_public(ipaddress.ip_address(one)) for one in addresses):
            raise NotFetched("an inner address is not fetched")
        return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, also where it is wrapped in an IPv6 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        raise NotFetched("this is not a URL") from None
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise NotFetched("the URL needs a host, and neither user nor fragment")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS.get(parts.scheme, 443)


def _literal(host: str) -> Address | None:
    """The address that ``host`` is, also in the old spellings that resolvers still read (0x7f000001, 127.1)."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host)) if host.isascii() and host[:1].isdigit() else None
    except OSError:
        return None


def _is_inner_name(host: str) -> bool:
    """Names that never leave a machine or its network (RFC 6761 6.3, RFC 6762 3, RFC 8375)."""
    return host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".home.arpa"))
