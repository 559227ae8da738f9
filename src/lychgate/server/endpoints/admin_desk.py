"""The administration's desk: who sits at it, what a page of a list is, and how a press is checked and answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lychgate.kernel.errors import LychgateError
from lychgate.oauth.error import OAuthError
from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.message import Message, not_found
from lychgate.server.pages.paths import PATHS, path
from lychgate.server.pages.view import Pager, View
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.stores.store import Missing

from .onward import THEN, desk

SIZE = 20  # rows of a page
FURTHEST = 999_999  # the last page that a link may name


@dataclass(frozen=True, slots=True)
class Desk:
    """A request of an administrator; ``id`` and ``deed`` are what its path names."""

    engine: Engine
    call: Call
    browser: Browser
    id: str = ""
    deed: str = ""

    @property
    def actor(self) -> Actor:
        user = self.browser.user
        assert user is not None
        return Actor(user.id, self.call.address, self.call.id)

    @property
    def query(self) -> str:
        """What is searched for."""
        return self.call.query_value("q").strip()[:200]

    @property
    def skip(self) -> int:
        """How many rows come before the page that is asked for."""
        text = self.call.query_value("page")
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(FURTHEST)) else 1
        return SIZE * (max(number, 1) - 1)

    def pager(self, name: str, found: int, total: int | None = None) -> Pager:
        """Where we are in the list ``name``; ``found`` rows came where one more than a page was asked for."""
        number, shown = self.skip // SIZE + 1, min(found, SIZE)
        sought = {"q": self.query} if self.query else {}
        return Pager(
            first=self.skip + 1 if shown else 0,
            last=self.skip + shown if shown else 0,
            total=None if self.query else total,
            newer=path(name, **sought, page=str(number - 1)) if number > 1 else None,
            older=path(name, **sought, page=str(number + 1)) if found > SIZE else None,
        )


Show = Callable[[Desk], Awaitable[View]]
Act = Callable[[Desk, Form], Awaitable[View | str]]  # a page, or the path to go on to


async def opened(engine: Engine, show: Show, id: str, deed: str, call: Call) -> Answer:
    """GET of a page, for an administrator."""
    browser = await browser_of(engine, call)
    return _door(engine, browser, call) or await _shown(browser, show, Desk(engine, call, browser, id, deed))


async def pressed(engine: Engine, act: Act, id: str, deed: str, call: Call) -> Answer:
    """POST of a form, by an administrator and from a page of ours."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()

    async def acted(desk: Desk) -> View | str:
        return await act(desk, form)

    return _door(engine, browser, call) or await _shown(browser, acted, Desk(engine, call, browser, id, deed))


def _door(engine: Engine, browser: Browser, call: Call) -> Answer | None:
    """The page for somebody who may not come in, None for an administrator."""
    if browser.user is None:
        return browser.page(LogIn(hidden=((THEN, desk(call.path.removeprefix(engine.base))),)))
    if not browser.user.superuser:
        return browser.page(NOT_YOURS)
    return None


async def _shown(browser: Browser, made: Callable[[Desk], Awaitable[View | str]], desk: Desk) -> Answer:
    try:
        found = await made(desk)
    except Missing:
        return browser.page(not_found())
    return browser.go(desk.engine.base + found) if isinstance(found, str) else browser.page(found)


NOT_YOURS = Message(
    title="This is for administrators",
    text="You are logged in, but not as an administrator of this service. Ask one of them, or log in as another user.",
    link=PATHS["home"],
    label="Go to the front page",
    code=403,
)


def why(error: LychgateError) -> str:
    """A refusal as a sentence."""
    text = error.description if isinstance(error, OAuthError) else str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
