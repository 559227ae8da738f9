"""What the front knows of a browser between two pages: a sealed cookie, good for ten minutes and in that browser alone.

It says which login is under way, or who has logged in. The seal is bound to the browser's own cookie.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

from lychgate.server.sessions import ticket
from lychgate.server.sessions.browser import Browser, cookie_name

if TYPE_CHECKING:
    from lychgate.server.exchange import Answer

LOGIN, PERSON = "front login", "front person"


def carry(browser: Browser, answer: Answer, what: str, **data: Any) -> Answer:
    """``answer``, which gives ``data`` to the browser instead of what it carried before."""
    return _with(browser, answer, ticket.make(browser.engine, browser.cookie, what, **data), ticket.LIFETIME // 1000)


def drop(browser: Browser, answer: Answer) -> Answer:
    return _with(browser, answer, "", 0)


def carried(browser: Browser, what: str) -> dict[str, Any] | None:
    """What this browser carries for ``what``; None where that is nothing, or too old."""
    try:
        found = SimpleCookie(browser.call.header(b"cookie") or "").get(_name(browser))
    except CookieError:
        return None
    return None if found is None else ticket.read(browser.engine, browser.cookie, what, found.value)


def _name(browser: Browser) -> str:
    return f"{cookie_name(browser.engine)}-front"


def _with(browser: Browser, answer: Answer, value: str, seconds: int) -> Answer:
    secure = "; Secure" if browser.engine.issuer.url.startswith("https:") else ""
    line = f"{_name(browser)}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    answer.headers.append((b"set-cookie", line.encode("ascii")))
    return answer
