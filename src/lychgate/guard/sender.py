"""What a request shows of whoever sent it: the proofs in its header, and the certificate of its TLS connection."""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import unquote

from lychgate.kernel.errors import ConfigError

CERTIFICATE = "client-cert"  # RFC 9440 2.2
LONGEST = 16 * 1024  # characters of a certificate in a header
UNIX = "unix"
_PEM = "-----BEGIN CERTIFICATE-----"

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Sender:
    """``url`` is the request's as this side sees it; ``proofs`` each ``DPoP`` field.

    ``certificate`` (DER) is that of the TLS connection, ``handed`` what a ``Client-Cert`` field says: the word of
    whoever is at the other end.
    """

    method: str = ""
    url: str = ""
    proofs: Sequence[str] = field(default=(), repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    handed: str = field(default="", repr=False)


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


def from_pem(text: str) -> bytes | None:
    """The first certificate of a PEM text in DER; None where there is none."""
    begin = text.find(_PEM)
    end = text.find("-----END CERTIFICATE-----", begin)
    try:
        return ssl.PEM_cert_to_DER_cert(text[begin : end + 25].strip()) if 0 <= begin < end else None
    except ValueError:
        return None


def from_field(text: str) -> bytes | None:
    """A ``Client-Cert`` field in DER: base64 between colons (RFC 9440 2.1), or nginx's ``$ssl_client_escaped_cert``."""
    if not 2 < len(text) <= LONGEST:
        return None
    if text.startswith(":") and text.endswith(":"):
        try:
            return base64.b64decode(text[1:-1], validate=True)
        except binascii.Error:
            return None
    return from_pem(unquote(text))
