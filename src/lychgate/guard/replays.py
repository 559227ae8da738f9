"""Proofs that were used (RFC 9449 11.1): each counts once, for as long as it would be good; the memory is bounded."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque

from lychgate.oauth import dpop

LIMIT = 500_000  # proofs, some 40 MB: 3000 new ones a second
_TERM = (dpop.WINDOW + 2 * dpop.LEEWAY) / 3  # seconds; four terms are remembered, so that none is let go too early


class Full(Exception):
    """More proofs have come than can be remembered."""


class Replays:
    """Those of this process; ``jti`` of two keys are two. Only keyed digests are kept."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit, self._key = limit, os.urandom(16)
        self._terms: deque[set[int]] = deque([set()], maxlen=4)
        self._begun = time.monotonic()
        self._lock = threading.Lock()

    def spend(self, jkt: str, jti: str) -> bool:
        """Whether this proof comes for the first time. Raises ``Full``."""
        raw = f"{jkt} {jti}".encode("utf-8", "surrogatepass")
        digest = int.from_bytes(hashlib.blake2b(raw, digest_size=8, key=self._key).digest())
        with self._lock:
            self._turn(time.monotonic())
            if any(digest in term for term in self._terms):
                return False
            if sum(map(len, self._terms)) >= self._limit:
                raise Full
            self._terms[-1].add(digest)
            return True

    def _turn(self, now: float) -> None:
        while now - self._begun >= _TERM:
            self._terms.append(set())
            self._begun += _TERM
            if not any(self._terms):
                self._begun = now
