"""The set-up page: the first administrator, for whoever has the code that the start printed. Gone once there is one."""

from __future__ import annotations

from typing import Any

from lychgate.oauth.error import OAuthError
from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form
from lychgate.server.pages.message import not_found
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.setup import SetUp
from lychgate.server.people import accounts, set_up
from lychgate.server.people.login import LONGEST_NAME
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.stores.store import Taken


async def show(engine: Engine, call: Call) -> Answer:
    browser = await browser_of(engine, call)
    if await engine.store.has_administrator():
        return browser.page(not_found())
    return _page(browser)


def _page(browser: Browser, **state: Any) -> Answer:
    return browser.page(SetUp(shortest=browser.engine.config.password_min_length, **state))


async def make(engine: Engine, call: Call) -> Answer:
    """POST: makes the administrator and logs them in, for exactly one of those who send it."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if await engine.store.has_administrator():
        return browser.page(not_found())
    if not browser.sent(form):
        return browser.forged()
    typed = {"name": form.get("name", "")[:LONGEST_NAME], "email": form.get("email", "")[:LONGEST_NAME]}
    async with engine.passwords.turn():
        wrong = await _wrong_code(engine, form)
    if wrong:
        return _page(browser, **wrong, **typed)
    return await _made(browser, form, typed)


async def _wrong_code(engine: Engine, form: Form) -> dict[str, Any]:
    """What is wrong with the code, as fields of the page; nothing where it is right."""
    left = (await engine.store.slowed(set_up.GUESSES)).blocked_until - engine.clock()
    if left > 0:
        return {"problem": "slowed", "wait": -(-left // 1000)}
    if await set_up.is_right(engine.store, engine.master, form.get("secret", "")):
        return {}
    await engine.store.login_failed(set_up.GUESSES, engine.clock())
    return {"problem": "secret"}


async def _made(browser: Browser, form: Form, typed: dict[str, str]) -> Answer:
    engine, call = browser.engine, browser.call
    password = form.get("password", "")
    if not accounts.fits(engine, password):
        return _page(browser, problem="password", **typed)
    try:
        user = await accounts.add_first(
            engine, Actor("set-up", call.address, call.id), typed["email"], password, typed["name"] or None
        )
    except (OAuthError, Taken):  # the only other thing that can be wrong with what was typed
        return _page(browser, problem="email", **typed)
    if user is None:
        return browser.page(not_found())
    await browser.log_in(user, ("pwd",))
    return browser.go(engine.base + PATHS["home"])
