"""Logging out, asked for by the person or by a program (OpenID Connect RP-Initiated Logout 1.0).

The person is asked first, unless the program shows an ID token of this very session: whoever has that may end it, so a
link on another site alone changes nothing. A program's form is answered by a redirect to the same as a link, since a
browser sends no cookie with the form of another site.
"""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form, read_form
from lychgate.server.model import AuditRow
from lychgate.server.pages.message import LogOut, logged_out, not_logged_out
from lychgate.server.pages.paths import PATHS
from lychgate.server.sessions import session_end
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.sessions.logout_request import LogoutRequest, read, seal, unseal

from .program import program_of

CARRIED = "request"  # the field, or parameter, that carries a program's request on


async def log_out(engine: Engine, call: Call) -> Answer:
    """GET: asked by a link, of ours or of a program. POST: by a program's form, or the person's answer."""
    form = await call.form() if call.method == "POST" else None
    try:
        if form is not None and "csrf" not in form:
            return _as_link(engine, call, form)
        browser = await browser_of(engine, call)
        if form is not None:
            return await _answered(browser, form)
        return await _asked(browser)
    except OAuthError as error:
        browser = await browser_of(engine, call)
        return browser.page(not_logged_out(error.description, error.error))


def _as_link(engine: Engine, call: Call, form: Form) -> Answer:
    sealed = seal(engine, form)
    where = call.path + (f"?{CARRIED}={sealed}" if sealed else "")
    fields = {"location": where, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Answer(303, b"", [(name.encode(), value.encode("ascii")) for name, value in fields.items()])


async def _asked(browser: Browser) -> Answer:
    engine, params = browser.engine, read_form(browser.call.query)
    asked = await read(engine, unseal(engine, params[CARRIED]) if CARRIED in params else params)
    if browser.session is None or browser.user is None:
        await session_end.end_forgotten(engine, asked.client, asked.hint)
        return _gone(browser, asked, asked.hint is not None)
    if asked.names(engine, browser.session):
        return await _end(browser, asked)
    return browser.page(
        LogOut(
            name=browser.user.name,
            program=program_of(asked.client, asked.back, asked.languages) if asked.client else None,
            hidden=((CARRIED, asked.sealed),) if asked.sealed else (),
            leads_to=(asked.back,) if asked.back else (),
        )
    )


async def _answered(browser: Browser, form: Form) -> Answer:
    """The person's answer, from a page of ours in this very browser."""
    engine = browser.engine
    if not browser.sent(form):
        return browser.forged()
    asked = await read(engine, unseal(engine, form.get(CARRIED, "")))
    if form.get("answer") == "stay":
        return browser.go(engine.base + PATHS["home"])
    return await _end(browser, asked)


async def _end(browser: Browser, asked: LogoutRequest) -> Answer:
    user, call, engine = browser.user, browser.call, browser.engine
    client = asked.client.id if asked.client else None
    row = AuditRow(
        engine.clock(), engine.issuer.id, "logout", client=client, user=user.id if user else None,
        address=call.address, request_id=call.id,
    )  # fmt: skip
    await browser.log_out([row])
    return _gone(browser, asked, True)


def _gone(browser: Browser, asked: LogoutRequest, at_once: bool) -> Answer:
    """Nobody is logged in here: back to the program, or a page that says so, with a link if not ``at_once``."""
    if asked.back and at_once:
        return browser.go(asked.back)
    return browser.page(logged_out(asked.back))
