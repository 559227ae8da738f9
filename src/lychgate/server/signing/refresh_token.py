"""Refresh tokens, derived and never stored: key id, family, number, and their HMAC under a key of the master key's.

A login is one row (the family); nothing in the database grows with its refreshes, and a lost reply heals, since the
successor of a number is always the same text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from .master import Master

_FORM = re.compile(r"([A-Za-z0-9_-]{6})\.([A-Za-z0-9_-]{1,64})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh token says: the family and the number in it."""

    family: str
    seq: int


class RefreshTokens:
    """Writes and reads them."""

    __slots__ = ("_key", "_kid")

    def __init__(self, master: Master) -> None:
        self._key = master.derive("refresh tokens")
        self._kid = _b64(master.id)

    def write(self, family: str, seq: int) -> str:
        text = f"{self._kid}.{family}.{seq}"
        return f"{text}.{self._mac(text)}"

    def read(self, token: str) -> Refresh | None:
        """What a token of ours says; None for a text that we did not write."""
        found = _FORM.fullmatch(token)
        if found is None:
            return None
        kid, family, seq, mac = found.groups()
        right = hmac.compare_digest(self._mac(f"{kid}.{family}.{seq}"), mac)
        return Refresh(family, int(seq)) if right and kid == self._kid else None

    def _mac(self, text: str) -> str:
        return _b64(hmac.new(self._key, text.encode(), hashlib.sha256).digest())


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
