"""The server's own name and key towards UNICORE: what signs issued tokens, and the certificate that others trust.

The key is not one of those that sign access tokens: those are rotated, and a token of 30 days, or a certificate that
another site has been given, must outlive that. It is made once, sealed, and the same on every worker and node.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lychgate.oauth import jose
from lychgate.server.trusted import distinguished

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

ALG = "ES256"
SETTING = "unicore identity"
COMMON = 64  # characters of a common name
YEARS = timedelta(days=20 * 365)


@dataclass(frozen=True, slots=True)
class Identity:
    """``dn`` as the certificate (PEM) names it (RFC 4514); ``key`` signs with ``ALG``."""

    dn: str
    key: jose.Key = field(repr=False)
    certificate: str
    expires: datetime

    def is_named(self, dn: object) -> bool:
        """Whether ``dn`` is this server's name, however it is spelt."""
        try:
            return isinstance(dn, str) and distinguished.canonical(dn) == distinguished.canonical(self.dn)
        except ValueError:
            return False


async def load(engine: Engine) -> Identity:
    """The identity, made where there is none yet; of two workers that make one at once, one's is kept."""
    kept = await engine.store.setting(SETTING)
    if kept is None:
        made = _made(urlsplit(engine.issuer.url).hostname or "", engine.config.unicore_site, engine.clock())
        kept = await engine.store.put_setting(SETTING, engine.master.seal(json.dumps(made).encode(), SETTING))
    found = json.loads(engine.master.unseal(kept, SETTING))
    certificate = x509.load_pem_x509_certificate(found["certificate"].encode())
    return Identity(
        certificate.subject.rfc4514_string(),
        jose.import_key(found["key"]),
        found["certificate"],
        certificate.not_valid_after_utc,
    )


def _made(host: str, site: str, now: int) -> dict[str, str]:
    """A new key and its certificate, both PEM; ``now`` in ms. Its name holds the key's, so that no two are alike."""
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
    }


def dn_of(name: str) -> str:
    """The distinguished name of a person: their login name. Every server that has a user of that name takes it so.

    A common name has 64 characters at most (RFC 5280 A.1), a user id more.
    """
    kind = NameOID.COMMON_NAME if len(name) <= COMMON else NameOID.USER_ID
    return x509.Name([x509.NameAttribute(kind, name)]).rfc4514_string()
