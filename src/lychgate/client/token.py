"""Tokens as the client holds them (RFC 6749 5.1)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Token:
    """A token that may be sent. ``expires_at`` is epoch seconds by our own clock, None where the issuer named no end.

    ``refresh`` is the refresh token, kept with the login and never sent to an API. ``issued_at`` is when it came.
    """

    access: Secret
    type: str = "Bearer"
    expires_at: float | None = None
    scope: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    refresh: Secret | None = field(default=None, repr=False)
    issued_at: float = 0.0

    def valid_for(self, now: float | None = None) -> float:
        """Seconds of life that are left (negative: it has ended; infinite: it names no end)."""
        if self.expires_at is None:
            return float("inf")
        return self.expires_at - (time.time() if now is None else now)
