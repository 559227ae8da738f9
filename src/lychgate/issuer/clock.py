"""How far an issuer's clock is from ours, learnt from the ``Date`` of its replies (RFC 9110 6.6.1)."""

from __future__ import annotations

from lychgate.kernel.http import Response, origin_of

NEAR = 2.0  # seconds: a ``Date`` is whole seconds and travels; less is no difference
_REMEMBERED = 256
_offsets: dict[str, float] = {}


def learn(response: Response, now: float) -> float:
    """Note the difference that a reply received at ``now`` (our epoch seconds) shows; answers it in seconds."""
    origin = origin_of(response.url)
    theirs = http_date(response.headers.get("Date"))
    if theirs is not None:
        found = theirs - now
        if origin not in _offsets and len(_offsets) >= _REMEMBERED:
            _offsets.clear()  # bounded; what is forgotten is learnt again by the next reply
        _offsets[origin] = found if abs(found) > NEAR else 0.0
    return offset(origin)


def offset(origin: str) -> float:
    """The seconds by which the clock at ``origin`` is ahead of ours; 0 where nothing is known."""
    return _offsets.get(origin, 0.0)


def http_date(text: str | None) -> float | None:
    """An HTTP date (RFC 9110 5.6.7) as epoch seconds; None where it is none."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # 8 ms that only who asks an issuer pays

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
