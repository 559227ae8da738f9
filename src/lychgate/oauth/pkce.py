"""Proof key for code exchange (RFC 7636): made and checked. S256 alone; ``plain`` proves nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

METHOD = "S256"
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


def new_verifier() -> str:
    """A verifier of 256 random bits, 43 characters (RFC 7636 4.1)."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_challenge(text: str) -> bool:
    """Whether ``text`` can be an S256 challenge at all."""
    return _CHALLENGE.fullmatch(text) is not None


def check(verifier: str, expected: str) -> bool:
    """Whether ``verifier`` is well formed (RFC 7636 4.1) and the one that ``expected`` was made from."""
    return _VERIFIER.fullmatch(verifier) is not None and hmac.compare_digest(challenge(verifier), expected)
