"""Nonces for DPoP proofs (RFC 9449 8): an HMAC of the time, the same on every node, and nothing is kept."""

from __future__ import annotations

import base64
import hmac

from .master import Master

SPAN = 120_000  # ms for which one is given out; it is good as long again


class Nonces:
    """Makes them and knows its own; ``now`` in ms."""

    __slots__ = ("_key",)

    def __init__(self, master: Master) -> None:
        self._key = master.derive("dpop nonce")

    def current(self, now: int) -> str:
        return self._of(now // SPAN)

    def is_good(self, nonce: str, now: int) -> bool:
        """Whether it is the one that is given out, or the one before."""
        given = nonce.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(given, self._of(now // SPAN - ago).encode()) for ago in (0, 1))

    def _of(self, span: int) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, b"%d" % span, "sha256")).rstrip(b"=").decode()
