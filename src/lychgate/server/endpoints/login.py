"""Logging in and out with a browser: the pages' own endpoints."""

from __future__ import annotations

from typing import Any

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form
from lychgate.server.model import AuditRow
from lychgate.server.pages.home import Home
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.paths import PATHS
from lychgate.server.people.login import log_in as by_password
from lychgate.server.people.second_factors import offered
from lychgate.server.sessions.browser import Browser, browser_of

from .authorize import CARRIED
from .onward import THEN, after_login, place
from .second_page import DEVICE, ask, log_in_again


async def home(engine: Engine, call: Call) -> Answer:
    browser = await browser_of(engine, call)
    if browser.user is None:
        return browser.page(Home(needs_setup=not engine.issuer.realm and not await engine.store.has_administrator()))
    logins = await engine.store.listed_logins(engine.clock(), user=browser.user.id)
    owned = await engine.store.clients(owner=browser.user.id)
    return browser.page(Home(sessions=len(logins), clients=len(owned)))


async def show(engine: Engine, call: Call) -> Answer:
    """GET of the login page by somebody who came without a program."""
    browser = await browser_of(engine, call)
    return browser.page(LogIn())


async def log_in(engine: Engine, call: Call) -> Answer:
    """POST of name and password; then a second factor if they have one, and on with what the person came for."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    name = form.get("name", "")
    try:
        user = await by_password(engine, engine.issuer, name, form.get("password", ""))
    except OAuthError as error:
        engine.audit.note(row(engine, call, error.error))
        return browser.page(await _again(browser, form, name, error))
    factors = await engine.store.factors(user.id)
    if offered(factors):
        return browser.page(await ask(browser, form, user, factors, engine.clock()))
    await browser.log_in(user, ("pwd",))
    engine.audit.note(row(engine, call, "ok", user.id))
    return browser.go(engine.base + onward(form))


def onward(form: Form) -> str:
    """Only ever a path of ours: what is carried on is a request's parameters, never an address."""
    if CARRIED in form:
        return after_login(form[CARRIED])
    if wanted := place(form.get(THEN, "")):
        return wanted
    return f"{PATHS['device']}?user_code={form[DEVICE]}" if form.get(DEVICE, "").isalpha() else PATHS["home"]


async def _again(browser: Browser, form: Form, name: str, error: OAuthError) -> LogIn:
    """The login page once more: the same for a wrong password and a name that nobody has."""
    wait = int(error.headers.get("Retry-After", "0"))
    state: dict[str, Any] = {"state": "slowed" if wait else "wrong", "wait": wait, "name": name}
    return await log_in_again(browser, form, **state)


async def switch(engine: Engine, call: Call) -> Answer:
    """POST of "Not you?": log out, and go on with a login for the same request."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    await browser.log_out()
    return browser.go(engine.base + onward(form))


def row(engine: Engine, call: Call, outcome: str, user: str | None = None, event: str = "login") -> AuditRow:
    return AuditRow(
        engine.clock(), engine.issuer.id, event, outcome, user=user, address=call.address, request_id=call.id
    )
