"""The steps of a login besides the password: the second factor after it, and a passkey in place of both."""

from __future__ import annotations

from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form
from lychgate.server.model import User
from lychgate.server.pages.paths import PATHS
from lychgate.server.people import passkeys, second_factors
from lychgate.server.people.second_factors import Given
from lychgate.server.sessions import ticket
from lychgate.server.sessions.browser import Browser, browser_of

from .login import onward, row
from .second_page import STEP, ask, log_in_again, party_of


async def show(engine: Engine, call: Call) -> Answer:
    """GET of a page that only ever follows the password."""
    browser = await browser_of(engine, call)
    return browser.go(engine.base + PATHS["log_in"])


async def prove(engine: Engine, call: Call) -> Answer:
    """POST of a second factor, or of the wish to prove another one."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    half = ticket.read(engine, browser.cookie, STEP, form.get(ticket.FIELD, ""))
    user = None if half is None else await _still(engine, half["user"], half["since"])
    if half is None or user is None:
        return browser.page(await log_in_again(browser, form, state="expired"))
    kind = "passkey" if "credential" in form else form.get("factor", "")
    factors = await engine.store.factors(user.id)
    if not second_factors.offered(factors):  # an administrator has taken them away in the meantime
        return browser.page(await log_in_again(browser, form, state="expired"))
    if not {"credential", "code"} & form.keys():
        return browser.page(await ask(browser, form, user, factors, half["since"], kind))
    outcome = await second_factors.prove(engine, user, kind, _given(browser, form, half["challenge"]))
    if outcome.state != "right":
        engine.audit.note(row(engine, call, outcome.state, user.id, "second factor"))
        state = {"state": outcome.state, "wait": outcome.wait}
        return browser.page(await ask(browser, form, user, factors, half["since"], kind, **state))
    return await _in(browser, form, user, ("pwd", *outcome.amr))


async def by_passkey(engine: Engine, call: Call) -> Answer:
    """POST of a passkey from the login page: something held and a finger or PIN are two factors at once."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    asked = ticket.read(engine, browser.cookie, passkeys.KIND, form.get(ticket.FIELD, ""))
    if asked is None:
        return browser.page(await log_in_again(browser, form, state="expired"))
    found = await second_factors.by_passkey(engine, _given(browser, form, asked["challenge"]))
    user = None if found is None else await engine.store.user(found[0])
    if found is None or user is None or not user.active:
        engine.audit.note(row(engine, call, "invalid_grant"))
        return browser.page(await log_in_again(browser, form, state="passkey"))
    return await _in(browser, form, user, found[1])


async def _still(engine: Engine, id: str, at: int) -> User | None:
    """The user, unless they typed their password (at ``at``, ms) too long ago, or it changed, or they were disabled."""
    user = await engine.store.user(id)
    fresh = engine.clock() - at < ticket.LIFETIME
    return user if fresh and user is not None and user.active and user.not_before <= at else None


def _given(browser: Browser, form: Form, challenge: str) -> Given:
    return Given(form.get("code", ""), form.get("credential", ""), challenge, party_of(browser))


async def _in(browser: Browser, form: Form, user: User, amr: tuple[str, ...]) -> Answer:
    engine = browser.engine
    await browser.log_in(user, amr)
    engine.audit.note(row(engine, browser.call, "ok", user.id))
    return browser.go(engine.base + onward(form))
