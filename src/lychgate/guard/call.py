"""What the guard looks at of a request, whatever framework brings it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """``authorizations`` is each ``Authorization`` field, ``query`` the part of the URL behind the question mark.

    ``addresses`` are the two ends of the connection as far as known, None for a Unix socket.
    """

    authorizations: Sequence[str] = field(default=(), repr=False)
    query: str = field(default="", repr=False)
    addresses: tuple[str | None, ...] = ()
