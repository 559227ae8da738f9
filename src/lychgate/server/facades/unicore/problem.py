"""Errors as UNICORE writes them: an object with ``errorMessage`` and ``status``."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Answer, json_answer

UNKNOWN_SESSION = 432  # UNICORE's own status


def problem_answer(error: OAuthError) -> Answer:
    """Any error, in UNICORE's form. Who is refused gets no challenge: a client of UNICORE answers none."""
    headers = {name: value for name, value in error.headers.items() if name.lower() != "www-authenticate"}
    return json_answer({"errorMessage": error.description, "status": error.status}, error.status, headers)


def refused(why: str) -> OAuthError:
    """403, which is UNICORE's answer to wrong credentials too."""
    return OAuthError("access_denied", why)


def unfit(why: str) -> OAuthError:
    """400: a parameter that does not fit."""
    return OAuthError("invalid_request", why)


def no_session() -> OAuthError:
    """432: the client drops the session's id and sends its credentials."""
    return OAuthError("invalid_request", "this security session is not known, or has ended", status=UNKNOWN_SESSION)
