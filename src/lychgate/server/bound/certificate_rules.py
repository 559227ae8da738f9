"""What a client may register about its certificate (RFC 8705 2.1.2, 2.2.2, 3.4)."""

from __future__ import annotations

from ipaddress import ip_address

from lychgate.oauth import jose
from lychgate.oauth.error import OAuthError
from lychgate.server.model import Client
from lychgate.server.programs.client_keys import read_set
from lychgate.server.programs.fapi import CERTIFICATE_BOUND
from lychgate.server.trusted import distinguished

from .client_certificates import ISSUED, METHODS, NAMES, SELF_SIGNED, SUBJECT, certificates_of, parsed


def check(client: Client) -> None:
    """Refuse what no certificate can prove. Raises ``OAuthError`` invalid_client_metadata."""
    names = [name for name in NAMES if client.extra.get(name)]
    if client.methods >= set(METHODS):
        raise _refused(f"{ISSUED} or {SELF_SIGNED}, not both")
    if ISSUED in client.methods and len(names) != 1:
        raise _refused(f"{ISSUED} needs the name in the client's certificate: exactly one of {', '.join(NAMES)}")
    for name in names:
        _check_name(name, str(client.extra[name]))
    if SELF_SIGNED in client.methods and client.jwks:
        _check_set(client.jwks)


def needs_certificate(client: Client) -> bool:
    """Whether it can do nothing here without a certificate."""
    return client.extra.get(CERTIFICATE_BOUND) is True or not client.methods.isdisjoint(METHODS)


def _check_name(field: str, value: str) -> None:
    try:
        if field == SUBJECT:
            distinguished.canonical(value)
        elif field == "tls_client_auth_san_ip":
            ip_address(value)
    except ValueError as error:
        raise _refused(f"{field}: {error}") from None


def _check_set(jwks: str) -> None:
    found = [(key, der) for key in read_set(jwks) for der in _certificates(key)]
    if any(_public(der) != jose.public_der(key) for key, der in found):
        raise _refused("jwks: a certificate (x5c) is for another key than the one beside it")
    if not found:
        raise _refused(f"{SELF_SIGNED} needs the client's certificate: x5c beside a key in its jwks (RFC 8705 2.2.2)")


def _certificates(key: jose.Key) -> list[bytes]:
    try:
        return certificates_of([key])
    except (ValueError, TypeError):
        raise _refused("jwks: x5c is a list of certificates in base64 (RFC 7517 4.7)") from None


def _public(der: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        shown = parsed(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise _refused("jwks: x5c holds no certificate") from None
    return shown.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _refused(why: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", why)
