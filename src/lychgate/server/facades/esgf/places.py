"""Where the front's pages are, and what is said where a login did not come to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from lychgate.server.endpoints.onward import REGISTRATION
from lychgate.server.exchange import Answer
from lychgate.server.pages.message import Message

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

LOGIN = "/wps/auth/login"
CALLBACK = "/wps/auth/oauth_callback"
ROTATE = f"{REGISTRATION}rotate"


def elsewhere(engine: Engine, path: str) -> Answer:
    """Exactly 302, which is all that the programs of old understand."""
    url = engine.issuer.url.rstrip("/") + path
    return Answer(302, b"", [(b"location", url.encode("ascii")), (b"cache-control", b"no-store")])


def to_login(engine: Engine) -> Answer:
    """To the login, which leads back to the registration."""
    return elsewhere(engine, f"{LOGIN}?{urlencode({'next': engine.base + REGISTRATION})}")


def again(title: str, text: str, code: int, error: str = "") -> Message:
    """A page with the way back to the start."""
    return Message(title=title, text=text, link=REGISTRATION, label="Start again", code=code, error=error)


NO_LOGIN = again(
    "No login is under way",
    "This address is where a login comes back to, and none was begun in this browser. Start again.",
    400,
)
