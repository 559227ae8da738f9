"""What a client registers about logout (OpenID Connect RP-Initiated Logout 1.0, 3.1; Back-Channel Logout 1.0, 2.2).

Each option stands here once: for registration by programs, the command line, the administration and the JSON API.
"""

from __future__ import annotations

from typing import NamedTuple

URI, SESSION, AFTER = "backchannel_logout_uri", "backchannel_logout_session_required", "post_logout_redirect_uris"


class Option(NamedTuple):
    """``name`` in the metadata; ``kind`` is url, flag or urls (a list); ``label`` heads it on pages."""

    name: str
    kind: str
    label: str
    help: str


OPTIONS = (
    Option(URI, "url", "Hears of logouts at", "Where it is told that a session has ended (back-channel logout)."),
    Option(SESSION, "flag", "Is told which session", "It must be told which session ended, not of whom alone."),
    Option(AFTER, "urls", "After a logout", "Where it may send a person after their logout."),
)
