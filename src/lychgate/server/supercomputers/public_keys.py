"""Public keys that people bring: read from OpenSSH and PEM text, refused where they are weak or no public keys.

OpenSSH's line is RFC 4253 6.6 (RSA), RFC 5656 3.1 (ECDSA) and RFC 8709 4 (Ed25519); PEM is RFC 7468 13.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from lychgate.oauth import jose
from lychgate.server.programs.registration import refused

LEAST, MOST = 2048, 16384  # bits of an RSA key
LONGEST = 4 * 1024  # characters: an RSA key of 16,384 bits takes 2,800, and JSON may write each in twelve
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
KINDS = "RSA, ECDSA P-256, P-384, P-521 and Ed25519"
MAKE = "make one with: ssh-keygen -t ed25519"
TAKEN = "a public key is the one line of a .pub file (ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa), or PEM"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """``kind`` and ``fingerprint`` are as ``ssh-keygen -l`` shows them, ``line`` is OpenSSH's without its comment."""

    kind: str
    fingerprint: str
    line: str
    comment: str = ""


def read(text: str) -> PublicKey:
    """The key that ``text`` holds. Raises ``OAuthError``, which says what is wrong and what to do."""
    text = text.strip()
    if len(text) > LONGEST or (text.startswith("-----") and not text.isascii()):
        raise refused(f"this is too long, or not plain text: {TAKEN}")
    if "PRIVATE KEY" in text:
        raise refused("this is a private key, which nobody else may see: bring the public one, in the file named .pub")
    pem = text.startswith("-----BEGIN")
    line, comment = ("", "") if pem else _line(text)
    return _described(text if pem else line, comment)


def verifying(line: str) -> jose.Key:
    """The key in ``line`` (a ``PublicKey.line``), for checking what its private part signed."""
    from cryptography.hazmat.primitives import serialization as forms

    found = forms.load_ssh_public_key(line.encode())
    return jose.import_key(found.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo))


def _line(text: str) -> tuple[str, str]:
    """The line without its comment, and the comment."""
    lines = [one.strip() for one in text.splitlines() if one.strip() and not one.lstrip().startswith("#")]
    if len(lines) != 1:
        raise refused(f"one key at a time, please: {TAKEN}")
    kind, _, rest = lines[0].partition(" ")
    body, _, comment = rest.strip().partition(" ")
    if kind == "ssh-dss":
        raise refused(f"a key of this kind is not accepted ({KINDS} are): {MAKE}")
    if kind.startswith("sk-"):
        raise refused(f"a key on a security token signs no JWT: {MAKE}")
    if "-cert-v0" in kind:
        raise refused("this is a certificate: bring the public key itself, in the file named .pub without -cert")
    return f"{kind} {body}", comment.strip()


def _described(text: str, comment: str) -> PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as forms

    load = forms.load_pem_public_key if text.startswith("-----BEGIN") else forms.load_ssh_public_key
    try:
        found = load(text.encode())
        kind = _kind(found)
        line = found.public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH).decode()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise refused(f"this is no public key that can be read here: {TAKEN}") from None
    digest = hashlib.sha256(base64.b64decode(line.split(" ")[1])).digest()
    return PublicKey(kind, f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}", line, comment)


def _kind(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(key, Ed25519PublicKey):
        return "ED25519"
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in CURVES:
        return "ECDSA"
    if isinstance(key, RSAPublicKey):
        if not LEAST <= key.key_size <= MOST:
            raise refused(f"this RSA key has {key.key_size} bits, and {LEAST} to {MOST} are accepted: {MAKE}")
        return "RSA"
    raise refused(f"a key of this kind is not accepted ({KINDS} are): {MAKE}")
