"""The master key: 32 bytes outside the database, from which every other symmetric key comes (RFC 5869).

One label, one key: what seals private keys never signs refresh tokens. What is sealed carries the id of the key that
sealed it (AES-256-GCM, NIST SP 800-38D, with a random nonce of 96 bits).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache

from lychgate.kernel.errors import ConfigError

SIZE = 32
_VERSION = b"\x01"
_NONCE = 12


class Master:
    """The master key in memory; its bytes never leave this object."""

    __slots__ = ("_derive", "_key", "id")

    def __init__(self, key: bytes) -> None:
        if len(key) != SIZE:
            raise ConfigError(f"a master key has {SIZE} bytes, this one has {len(key)}")
        self._key = key
        self._derive = lru_cache(64)(self._expand)
        self.id = self.derive("id")[:4]

    def derive(self, label: str) -> bytes:
        """The 32-byte key for one purpose."""
        return self._derive(label)

    def _expand(self, label: str) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(hashes.SHA256(), SIZE, salt=None, info=b"lychgate 1 " + label.encode()).derive(self._key)

    def seal(self, text: bytes, what: str) -> bytes:
        """``text`` encrypted; ``what`` names what it is for and must be given again to open it."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return _VERSION + self.id + nonce + AESGCM(self.derive("seal")).encrypt(nonce, text, what.encode())

    def unseal(self, sealed: bytes, what: str) -> bytes:
        """The text again. Raises ``ConfigError`` where it was sealed by another key or for something else."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if sealed[:5] != _VERSION + self.id:
            raise ConfigError("something in the database was sealed with another master key")
        try:
            return AESGCM(self.derive("seal")).decrypt(sealed[5 : 5 + _NONCE], sealed[5 + _NONCE :], what.encode())
        except InvalidTag:
            raise ConfigError(f"what is kept for {what} has been changed since it was sealed") from None

    def check_value(self) -> bytes:
        """What the database keeps to know this key again; it tells nothing of the key."""
        return hashlib.sha256(self.derive("check")).digest()

    def fits(self, kept: bytes) -> bool:
        return hmac.compare_digest(self.check_value(), kept)

    def __repr__(self) -> str:
        return f"Master(id={self.id.hex()})"
