"""The server's clock: the one place that asks for the time."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def steady() -> float:
    """Seconds that never jump, for measuring how long ago something was."""
    return time.monotonic()
