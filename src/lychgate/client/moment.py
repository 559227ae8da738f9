"""When a token ends, in whatever way an API says it: seconds, epoch seconds or milliseconds, an ISO 8601 time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lychgate.oauth.token import finite

_EPOCH = 1e9  # a number from here on is epoch seconds (September 2001), not a lifetime of 31 years
_MILLIS = 1e11  # and one from here on is epoch milliseconds
_LAST = 253402300800.0  # the year 10000: what ends later names no end


def at_path(body: Any, path: str) -> Any:
    """What stands at a dotted path (``data.token``, ``tokens.0.id``); None where nothing does."""
    for word in path.split("."):
        if isinstance(body, Mapping):
            body = body.get(word)
        elif isinstance(body, list) and word.isdecimal() and int(word) < len(body):
            body = body[int(word)]
        else:
            return None
    return body


def ends_at(value: Any, received_at: float, offset: float = 0.0) -> float | None:
    """Epoch seconds by our own clock; None for what is no time.

    ``received_at`` is our epoch time, ``offset`` the seconds that the server's clock is ahead of ours: a lifetime
    counts from the one, an absolute time is set right by the other. An ISO time without a zone is UTC.
    """
    number = finite(value)
    if number is None:
        moment = _iso(value)
        return None if moment is None else moment - offset
    if number < _EPOCH:
        return received_at + number
    moment = (number / 1000 if number >= _MILLIS else number) - offset
    return moment if moment < _LAST else None


def _iso(value: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(str(value).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
