"""What a person reads in the browser when a login has ended, or when a request at the listener was none of ours."""

from __future__ import annotations

from .page import Page, headers

__all__ = ["Page", "done", "failed", "headers", "not_ours", "nothing_here"]


def done(where: str, program: str) -> Page:
    """``where`` is the issuer's host, ``program`` what asked for the login."""
    back = ("You can close this tab and go back to {}.", program)
    return Page("done", "You are logged in", (back,), ("Logged in at {}", where))


def failed(where: str, program: str, reason: str) -> Page:
    """``reason`` holds the issuer's words or ours, never a secret."""
    said = ("The login at {} did not go through. The reason given:", where)
    return Page("refused", "You are not logged in", (said,), ("To try again, start from {}.", program), quote=reason)


def not_ours(program: str) -> Page:
    """For a redirect with another ``state`` or from another issuer: an older tab, or somebody who tries."""
    why = ("This page belongs to an older login, or to another one. Nothing was done with it.",)
    what = ("If you are logging in now, go on in the newest tab.",)
    footer = ("{} is still waiting for its own login.", program)
    return Page("stray", "This is the wrong window", (why, what), footer, status=400)


def nothing_here(status: int, program: str) -> Page:
    """For everything else that arrives."""
    why = ("This address only takes the answer of a login, and this request holds none.",)
    return Page("stray", "Nothing to see here", (why,), ("{} is waiting for a login.", program), status=status)
