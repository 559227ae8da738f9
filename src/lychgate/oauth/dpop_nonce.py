"""Nonces for DPoP proofs (RFC 9449 8 and 9): an HMAC of the time under a key of the server's, and nothing is kept."""

from __future__ import annotations

import base64
import hmac

SPAN = 120  # seconds for which one is given out; it is good for as long again


class Nonces:
    """Makes them and knows its own; whoever has the same ``key`` knows them too. ``now`` in epoch seconds."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def current(self, now: float) -> str:
        return self._of(int(now) // SPAN)

    def is_good(self, nonce: str, now: float) -> bool:
        """Whether it is the one that is given out, or the one before."""
        given = nonce.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(given, self._of(int(now) // SPAN - ago).encode()) for ago in (0, 1))

    def _of(self, span: int) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, b"%d" % span, "sha256")).rstrip(b"=").decode()
