"""The server's own name and key towards UNICORE: what signs issued tokens, and the certificate that others trust.

The key is not one of those that sign access tokens: those are rotated as it pleases, and a certificate that another
site has been given must outlive that. ``succession`` has the one that follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lychgate.oauth import jose
from lychgate.server.trusted import distinguished

if TYPE_CHECKING:
    from collections.abc import Mapping

ALG = "ES256"
COMMON = 64  # characters of a common name
YEARS = timedelta(days=20 * 365)


@dataclass(frozen=True, slots=True)
class Identity:
    """``dn`` as the certificate (PEM) names it (RFC 4514); ``key`` signs with ``ALG``, from ``signs_from`` (ms) on.

    ``beside`` are the site's other identities: those that signed before, and those that will.
    """

    dn: str
    key: jose.Key = field(repr=False)
    certificate: str
    expires: datetime
    signs_from: int = 0
    beside: tuple[Identity, ...] = field(default=(), repr=False)

    def named(self, dn: object) -> Identity | None:
        """The one of the site's identities that ``dn`` names, however it is spelt."""
        try:
            name = distinguished.canonical(dn) if isinstance(dn, str) else ""
        except ValueError:
            return None
        return next((one for one in (self, *self.beside) if distinguished.canonical(one.dn) == name), None)

    @property
    def names(self) -> tuple[str, str]:
        """The host and the site in its name."""
        subject = x509.load_pem_x509_certificate(self.certificate.encode()).subject
        kinds = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME
        host, site = (str(one.value) for kind in kinds for one in subject.get_attributes_for_oid(kind))
        return host, site

    def is_named(self, dn: object) -> bool:
        """Whether ``dn`` is this server's name, or was, or will be."""
        return self.named(dn) is not None


def read(kept: Mapping[str, Any]) -> Identity:
    """The identity that ``made`` made."""
    certificate = x509.load_pem_x509_certificate(kept["certificate"].encode())
    return Identity(
        certificate.subject.rfc4514_string(),
        jose.import_key(kept["key"]),
        kept["certificate"],
        certificate.not_valid_after_utc,
        kept.get("signs_from", 0),
    )


def made(host: str, site: str, now: int, signs_from: int = 0) -> dict[str, Any]:
    """A new key and its certificate, both PEM, to be kept; times in ms.

    Its name holds the key's, so that no two are alike, and another site can trust two at a time.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    parts = (NameOID.ORGANIZATION_NAME, site), (NameOID.ORGANIZATIONAL_UNIT_NAME, ski.digest.hex()[:8])
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in (*parts, (NameOID.COMMON_NAME, host[:COMMON]))])
    today = datetime.fromtimestamp(now // 1000, UTC)
    usage = x509.KeyUsage(True, True, *[False] * 7)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + YEARS)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(usage, True)
        .add_extension(ski, False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return {
        "key": key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain).decode(),
        "certificate": certificate.public_bytes(pem).decode(),
        "signs_from": signs_from,
    }


def dn_of(name: str) -> str:
    """The distinguished name of a person: their login name. Every server that has a user of that name takes it so.

    A common name has 64 characters at most (RFC 5280 A.1), a user id more.
    """
    kind = NameOID.COMMON_NAME if len(name) <= COMMON else NameOID.USER_ID
    return x509.Name([x509.NameAttribute(kind, name)]).rfc4514_string()
