"""The certificates by which clients prove who they are (RFC 8705 2): read, and compared with what is registered.

A name counts only in a certificate that an authority of the operator's file (``tls_client_ca``) has signed itself. TLS
takes more than these: whatever a client registered for itself, and that one must not vouch for another.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from lychgate.kernel.errors import ConfigError
from lychgate.oauth import client_cert
from lychgate.oauth.error import OAuthError
from lychgate.server.model import Client
from lychgate.server.trusted import distinguished

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name, SubjectAlternativeName

    from lychgate.oauth.jose import Key

ISSUED, SELF_SIGNED = METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
HEADER = client_cert.FIELD.encode()


def from_header(value: str) -> bytes | None:
    """The certificate in DER of a ``Client-Cert`` field (RFC 9440); None where there is none, or what is no
    certificate."""
    der = client_cert.read(value)
    if der is None:
        return None
    try:
        parsed(der)
    except ValueError:
        return None
    return der


def parsed(der: bytes) -> Certificate:
    """The certificate. Raises ``ValueError`` for what is none."""
    from cryptography.x509 import InvalidVersion, load_der_x509_certificate

    try:
        return load_der_x509_certificate(der)
    except InvalidVersion as error:
        raise ValueError(str(error)) from None


class ClientCertificates:
    """``authorities`` is the PEM file of those whose signature under a name counts, None for none.

    Raises ``ConfigError`` where it cannot be read.
    """

    def __init__(self, authorities: Path | None) -> None:
        self._authorities: list[Certificate] = [] if authorities is None else _read(authorities)

    def require_name(self, client: Client, der: bytes, now: int) -> None:
        """That the certificate is one of an authority, for the name that the client registered (RFC 8705 2.1).

        ``now`` in ms. Raises ``OAuthError`` invalid_client.
        """
        shown = _shown(der)
        if not shown.not_valid_before_utc.timestamp() <= now / 1000 < shown.not_valid_after_utc.timestamp():
            raise OAuthError("invalid_client", "the client's certificate has expired, or is not valid yet")
        if not any(_signed(shown, authority) for authority in self._authorities):
            raise OAuthError("invalid_client", "the client's certificate is from no authority that is trusted here")
        if not any(named(shown, field, str(client.extra[field])) for field in NAMES if client.extra.get(field)):
            raise OAuthError("invalid_client", "the client's certificate is for another name than is registered")


def _read(file: Path) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        raise ConfigError(f"tls_client_ca: {file} holds no certificates in PEM", field="tls_client_ca") from None


def require_known(keys: Sequence[Key], der: bytes) -> None:
    """That the certificate is one of those beside the client's keys (RFC 8705 2.2). Raises ``OAuthError``."""
    if der not in certificates_of(keys):
        raise OAuthError("invalid_client", "the client's certificate is not one that is registered (x5c in its jwks)")


def certificates_of(keys: Sequence[Key]) -> list[bytes]:
    """The first certificate of each key that has one (RFC 7517 4.7), in DER. Raises ``ValueError``."""
    chains = [key.as_dict(private=False).get("x5c") for key in keys]
    return [base64.b64decode(chain[0]) for chain in chains if isinstance(chain, list) and chain]


def _shown(der: bytes) -> Certificate:
    try:
        return parsed(der)
    except ValueError:
        raise OAuthError("invalid_client", "the client's certificate cannot be read") from None


def _signed(shown: Certificate, authority: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        if not authority.extensions.get_extension_for_class(BasicConstraints).value.ca:
            return False
        shown.verify_directly_issued_by(authority)
    except (ExtensionNotFound, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def named(shown: Certificate, field: str, wanted: str) -> bool:
    """Whether the certificate has the name that is registered as ``field`` (RFC 8705 2.1.2)."""
    from cryptography.x509 import ExtensionNotFound
    from cryptography.x509 import SubjectAlternativeName as San

    try:
        if field == SUBJECT:
            return _subject(shown.subject, wanted)
        return NAMES[field](shown.extensions.get_extension_for_class(San).value, wanted)
    except (ExtensionNotFound, ValueError):
        return False


def _subject(name: Name, wanted: str) -> bool:
    return distinguished.written(name) == distinguished.canonical(wanted)


def _dns(names: SubjectAlternativeName, wanted: str) -> bool:
    from cryptography.x509 import DNSName

    return wanted.lower() in [name.lower() for name in names.get_values_for_type(DNSName)]


def _uri(names: SubjectAlternativeName, wanted: str) -> bool:
    from cryptography.x509 import UniformResourceIdentifier

    return wanted in names.get_values_for_type(UniformResourceIdentifier)


def _ip(names: SubjectAlternativeName, wanted: str) -> bool:
    from cryptography.x509 import IPAddress

    return ip_address(wanted) in names.get_values_for_type(IPAddress)


def _email(names: SubjectAlternativeName, wanted: str) -> bool:
    from cryptography.x509 import RFC822Name

    return wanted in names.get_values_for_type(RFC822Name)


SUBJECT = "tls_client_auth_subject_dn"
NAMES: Mapping[str, Callable[[SubjectAlternativeName, str], bool]] = {
    SUBJECT: lambda names, wanted: False,  # it is no alternative name
    "tls_client_auth_san_dns": _dns,
    "tls_client_auth_san_uri": _uri,
    "tls_client_auth_san_ip": _ip,
    "tls_client_auth_san_email": _email,
}
