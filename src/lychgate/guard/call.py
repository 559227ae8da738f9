"""What the guard looks at of a request, whatever framework brings it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .sender import Sender


@dataclass(frozen=True, slots=True)
class Call:
    """``authorizations`` is each ``Authorization`` field, ``query`` the part of the URL behind the question mark.

    ``addresses`` are the two ends of the connection as far as known, None for a Unix socket. ``sender`` answers what
    the request shows of its sender; only a bound token has it asked.
    """

    authorizations: Sequence[str] = field(default=(), repr=False)
    query: str = field(default="", repr=False)
    addresses: tuple[str | None, ...] = ()
    sender: Callable[[], Sender] = field(default=Sender, repr=False)
