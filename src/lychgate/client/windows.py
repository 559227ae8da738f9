"""When a token is renewed: two windows before its end, capped by its lifetime.

In the *advisory* one a single caller renews and the others go on with the old token; in the *mandatory* one all wait.
"""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from .token import Token

SLACK = 60.0  # seconds: the longest mandatory window, at most a fifteenth of the lifetime
EARLY = 4  # the advisory window begins at so many times the mandatory one before the end
LEAST = 1.0  # seconds that any new token is used, whatever its reply says: an ``expires_in`` of 0 is no storm
FIRST_GAP, LONGEST_GAP = 0.05, 30.0  # seconds between two tries in the advisory window


class Windows(NamedTuple):
    """Epoch seconds by our own clock; all are infinite for a token that names no end."""

    renew_at: float
    must_at: float
    expires_at: float

    @property
    def gap(self) -> float:
        """Seconds until the next caller may try, after one whose early renewal failed."""
        if math.isinf(self.must_at):
            return LEAST
        return min(max((self.must_at - self.renew_at) / 5, FIRST_GAP), LONGEST_GAP)


def windows(token: Token) -> Windows:
    """The windows of ``token``; when the first one begins is drawn anew for each caller, so that many do not meet."""
    if token.expires_at is None:
        return Windows(math.inf, math.inf, math.inf)
    end = max(token.expires_at, token.issued_at + LEAST)
    slack = min(SLACK, (end - token.issued_at) / 15)
    early = slack * (1 + (EARLY - 1) * random.uniform(0.75, 1.0))  # noqa: S311  jitter is no secret
    return Windows(end - early, end - slack, end)
