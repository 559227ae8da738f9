"""What a client is to be told of the end of a session (OpenID Connect Back-Channel Logout 1.0), until it has heard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """That ``sid`` of ``user`` has ended at a client of ``issuer``; ``sid`` None stands for all their sessions.

    ``url`` is the issuer as the client knows it, where that is not its usual one. ``tries`` counts those begun, and
    ``due_at`` (ms) is when the next one may begin.
    """

    id: str
    issuer: str
    client: str
    user: str
    sid: str | None
    url: str | None
    made_at: int
    due_at: int
    tries: int = 0
