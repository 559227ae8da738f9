"""The page that asks for a second factor; it carries the step before it, sealed, and what the person came for."""

from __future__ import annotations

from typing import Any

from lychgate.server.exchange import Form
from lychgate.server.model import User
from lychgate.server.pages.login import LogIn, SecondFactor
from lychgate.server.pages.view import Hidden
from lychgate.server.people import passkeys, second_factors
from lychgate.server.people.login_model import Factor
from lychgate.server.people.passkeys import Party
from lychgate.server.secrets import new_secret
from lychgate.server.sessions import ticket
from lychgate.server.sessions.browser import Browser

from .authorize import CARRIED, Pending, log_in_page, pending_of
from .onward import THEN
from .program import program

STEP = "second factor"  # what the ticket is for
DEVICE = "device"  # the field in which a page carries a device's user code on


def carried(form: Form) -> Hidden:
    """What the person came for, on to the next page."""
    return tuple((name, form[name]) for name in (CARRIED, DEVICE, THEN) if name in form)


async def log_in_again(browser: Browser, form: Form, **state: Any) -> LogIn:
    """The login page once more, for the same end; ``state`` are fields of ``LogIn``."""
    pending = await _pending(browser, form)
    return LogIn(hidden=carried(form), **state) if pending is None else log_in_page(pending, **state)


async def _pending(browser: Browser, form: Form) -> Pending | None:
    return await pending_of(browser, form[CARRIED]) if CARRIED in form else None


async def ask(
    browser: Browser, form: Form, user: User, factors: list[Factor], since: int, wanted: str = "", **state: Any
) -> SecondFactor:
    """The page for ``user``, who has proved the password at ``since`` (ms); ``wanted`` is the kind to ask for."""
    offers = second_factors.offered(factors)
    using = offers[offers.index(wanted)] if wanted in offers else offers[0]
    challenge, pending = new_secret(), await _pending(browser, form)
    half = ticket.make(browser.engine, browser.cookie, STEP, user=user.id, since=since, challenge=challenge)
    party = party_of(browser)
    return SecondFactor(
        using=using,
        offers=offers,
        program=None if pending is None else program(pending.asking),
        leads_to=() if pending is None else (pending.asking.redirect_uri,),
        passkey=passkeys.to_use(party, factors, challenge) if using == "passkey" and party else "",
        hidden=((ticket.FIELD, half), *carried(form)),
        **state,
    )


def party_of(browser: Browser) -> Party | None:
    return passkeys.party_of(browser.engine, browser.call.header(b"host") or "")
