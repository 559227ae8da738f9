"""Pages for whoever is logged in: the door before them, and the proof that a press came from one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form
from lychgate.server.model import User
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.message import not_found
from lychgate.server.pages.view import View
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.stores.store import Missing

from .onward import THEN


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of ``user``, who is logged in in ``browser``."""

    engine: Engine
    call: Call
    browser: Browser
    user: User

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, self.call.address, self.call.id)


Show = Callable[[Visit], Awaitable[View]]
Act = Callable[[Visit, Form], Awaitable[View | str]]  # a page, or the path to go on to


async def opened(engine: Engine, show: Show, then: str, call: Call) -> Answer:
    """GET of a page; ``then`` names the page that a login leads to (see ``onward``)."""
    browser = await browser_of(engine, call)
    if browser.user is None:
        return browser.page(log_in_first(then))
    return await _answered(browser, show(Visit(engine, call, browser, browser.user)))


async def pressed(engine: Engine, act: Act, then: str, call: Call) -> Answer:
    """POST of a form, from a page of ours in the same browser."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    if browser.user is None:
        return browser.page(log_in_first(then))
    return await _answered(browser, act(Visit(engine, call, browser, browser.user), form))


def log_in_first(then: str) -> LogIn:
    return LogIn(hidden=((THEN, then),))


async def _answered(browser: Browser, made: Awaitable[View | str]) -> Answer:
    try:
        found = await made
    except Missing:
        return browser.page(not_found())
    return browser.go(browser.engine.base + found) if isinstance(found, str) else browser.page(found)
