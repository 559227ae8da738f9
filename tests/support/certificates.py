"""Certificates of clients: from an authority of the tests' own, and self-signed ones (RFC 8705)."""

from __future__ import annotations

import base64
import json
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lychgate.oauth import jose

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def header(self) -> str:
        """As ``Client-Cert`` has it (RFC 9440 2.1)."""
        return f":{base64.b64encode(self.der).decode()}:"

    @property
    def jwks(self) -> str:
        """A JWK set with the key, and the certificate beside it."""
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        key: Any = jose.import_key(private)
        return json.dumps({"keys": [jose.public_jwk(key) | {"x5c": [base64.b64encode(self.der).decode()]}]})

    def written(self, path: Path) -> Path:
        """Certificate and key in one PEM file."""
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(self.pem.encode() + private)
        return path

    def context(self, folder: Path, ca: Path) -> ssl.SSLContext:
        """TLS by which a client shows it, to a server of the authority ``ca``."""
        made = ssl.create_default_context(cafile=str(ca))
        made.load_cert_chain(self.written(folder / f"{self.certificate.serial_number}.pem"))
        return made


def subject(name: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests")]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def made(
    name: str, by: Shown | None = None, *, ca: bool = False, names: tuple[x509.GeneralName, ...] = (), ends: int = 1
) -> Shown:
    """A certificate for ``CN=name,O=Tests,C=CH``, signed ``by`` another, or by itself; it ends after ``ends`` days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject(name))
        .issuer_name(subject(name) if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 3 * DAY)
        .not_valid_after(now + ends * DAY)
        .add_extension(x509.BasicConstraints(ca, None), True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return Shown(builder.sign(key if by is None else by.key, hashes.SHA256()), key)
