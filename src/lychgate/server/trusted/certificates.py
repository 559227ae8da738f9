"""Certificates (RFC 5280) and bare public keys, as PEM files hold them, for those whom the operator trusts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lychgate.oauth import jose
from lychgate.server.programs.registration import refused

from . import distinguished

LONGEST = 64 * 1024  # characters of a file
_TAKEN = "a file in PEM with a certificate, or with a public key"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a file holds: its first certificate or its public key, as ``pem``; ``subject`` (as
    ``distinguished.canonical`` writes it) and ``expires_at`` (ms) are those of the certificate."""

    pem: str
    subject: str | None = None
    expires_at: int | None = None


def read(text: str) -> Credential:
    """Raises ``OAuthError`` invalid_client_metadata for what is none, or has a weak key."""
    if "PRIVATE KEY" in text:
        raise refused(f"this holds a private key, which stays where it was made: {_TAKEN}")
    if len(text) > LONGEST or not text.isascii() or "-----BEGIN" not in text:
        raise refused(f"not {_TAKEN}")
    try:
        found = _certificate(text) if "BEGIN CERTIFICATE" in text else Credential(text.strip() + "\n")
        weak = jose.is_weak(key(found.pem))
    except ValueError:
        raise refused(f"it cannot be read: {_TAKEN} (RSA, EC or Ed25519)") from None
    if weak:
        raise refused("an RSA key has 2048 bits at least")
    return found


@lru_cache(200)
def key(pem: str) -> jose.Key:
    """The public key in a certificate or a bare public key. Raises ``ValueError``."""
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.x509 import load_pem_x509_certificate

    if "BEGIN CERTIFICATE" not in pem:
        return jose.import_key(pem)
    public = load_pem_x509_certificate(pem.encode()).public_key()
    return jose.import_key(public.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo))


def _certificate(text: str) -> Credential:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificates

    first = load_pem_x509_certificates(text.encode())[0]
    ends = int(first.not_valid_after_utc.timestamp()) * 1000
    return Credential(first.public_bytes(Encoding.PEM).decode(), distinguished.written(first.subject), ends)
