"""What a request shows of whoever sent it: the proofs in its header, and the certificate of its TLS connection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from lychgate.kernel.errors import ConfigError

UNIX = "unix"
_FOR = re.compile(r'for\s*=\s*("[^"]*"|[^;,\s]*)', re.I)

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Sender:
    """``url`` is the request's as this side sees it; ``proofs`` each ``DPoP`` field.

    ``certificate`` (DER) is that of the TLS connection, ``handed`` what a ``Client-Cert`` field says: the word of
    whoever is at the other end, as are ``behind``: the addresses for which a proxy says that it asks.
    """

    method: str = ""
    url: str = ""
    proofs: Sequence[str] = field(default=(), repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    handed: str = field(default="", repr=False)
    behind: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Proxies:
    """Who may say with which certificate a client came; ``unix``: whoever reaches us by a Unix socket."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    def hold(self, address: str | None) -> bool:
        """Whether ``address`` is one of them; None is a Unix socket."""
        if address is None:
            return self.unix
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self.networks)


NOBODY = Proxies()


def behind(lists: Iterable[str], forwarded: Iterable[str] = ()) -> list[str]:
    """The addresses in fields of a proxy: ``lists`` parted by commas, ``forwarded`` as RFC 7239 4 has them."""
    listed = [one.strip() for line in lists for one in line.split(",")]
    return listed + [one.strip('[]"') for line in forwarded for one in _FOR.findall(line)]


def networks(texts: Iterable[str]) -> list[Network]:
    """Addresses and networks as they were typed. Raises ``ConfigError``."""
    try:
        return [ip_network(text, strict=False) for text in texts]
    except ValueError as error:
        raise ConfigError(f"the proxy's address: {error}", field="proxy") from None


def proxies(texts: Iterable[str]) -> Proxies:
    """The same, with ``unix`` among them. Raises ``ConfigError``."""
    given = list(texts)
    return Proxies(tuple(networks(text for text in given if text != UNIX)), UNIX in given)
