"""Client secrets, identifiers and names: how they are made, kept and compared.

A client's secret is always minted here, 256 random bits, so that a plain SHA-256 of it can be kept: a password hash
would cost 25 to 100 ms for each token and buy nothing against a secret that cannot be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Iterable

from .model import ClientSecret

BITS = 256


def new_secret() -> str:
    """43 characters of base64url without padding (all unreserved in RFC 3986 2.3), 256 random bits."""
    return secrets.token_urlsafe(BITS // 8)


def new_id() -> str:
    """A random UUID (RFC 9562 5.4) in its usual text form."""
    text = os.urandom(16).hex()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def digest(secret: str) -> bytes:
    """What is kept of a secret: its SHA-256, 32 bytes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def same(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def matching(given: str, kept: Iterable[ClientSecret], now: int) -> ClientSecret | None:
    """The secret among ``kept`` that ``given`` is and that has not ended at ``now`` (ms); each is compared."""
    made, found = digest(given), None
    for one in kept:
        if hmac.compare_digest(made, one.digest) and (one.not_after is None or now < one.not_after):
            found = one
    return found


def fold(name: str) -> str:
    """A login name as it is compared: NFKC, then case folding, then NFKC again (case folding may undo it)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()
