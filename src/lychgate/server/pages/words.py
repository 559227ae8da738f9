"""Times, spans, hosts and strangers' names as a person reads them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lychgate.kernel.http import LOOPBACK_NAMES

LONGEST_NAME = 120  # characters of a stranger's name that a page shows
SOON = 7 * 86_400_000  # ms before its end in which something ends soon
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_JOINERS = "\u200c\u200d"  # Persian and the scripts of India need them inside words


def moment(ms: int) -> str:
    """A time in full, in UTC, since without a script nobody knows the reader's zone."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def iso(ms: int) -> str:
    """The value of ``<time datetime>``."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def span(seconds: float) -> str:
    """A length of time in its largest unit: "1 minute", "3 days"."""
    whole = max(0, round(seconds))
    size, unit = next(((size, unit) for size, unit in _UNITS if whole >= size), _UNITS[-1])
    count = whole // size
    return f"{count} {unit}" + ("" if count == 1 else "s")


def near(ms: int, now: int) -> str:
    """A time as seen from ``now``: "5 minutes ago", "in 3 days", and the date where that is over a month away."""
    away = (ms - now) / 1000
    if abs(away) > 31 * 86400:
        at = datetime.fromtimestamp(ms / 1000, UTC)
        return f"{at.day} {at:%b %Y}"
    if abs(away) < 10:
        return "just now"
    return f"in {span(away)}" if away > 0 else f"{span(-away)} ago"


def soon(ms: int | None, now: int) -> bool:
    """Does this end within a week, or has it ended?"""
    return ms is not None and ms - now < SOON


def shown(text: str, longest: int = LONGEST_NAME) -> str:
    """A stranger's text in one line, without the controls that turn its direction or hide in it, cut if too long."""
    kept = "".join(c if c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") else " " for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def initial(text: str) -> str:
    """The letter that stands for a program without a logo."""
    return next((c.upper() for c in shown(text) if c.isalnum()), "?")


def destination(url: str) -> str:
    """Where a redirect URI leads, in words: a host, this computer, or the app that opens a scheme."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        return f"the app on this device that opens “{parts.scheme}:”"
    place = parts.netloc.rpartition("@")[2]
    return f"a program on this computer ({place})" if host in LOOPBACK_NAMES else place


def address(contact: str) -> str:
    """The mail address in ``contact``, or nothing where it is words."""
    return contact if "@" in contact and " " not in contact and contact.isprintable() else ""
