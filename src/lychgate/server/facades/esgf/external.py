"""The front before an external Keycloak: people log in there, and there their clients are registered.

Each person has one client, called as the person is. What is kept here is its name and, sealed, the token by which it
gets another secret; the secret itself is shown once and kept nowhere.
"""

from __future__ import annotations

import asyncio
import logging
import shlex
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lychgate.kernel.errors import LychgateError, Refused
from lychgate.server.actor import Actor
from lychgate.server.endpoints.onward import REGISTRATION
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.secret import NewClient, NewSecret
from lychgate.server.pages.view import Person, View
from lychgate.server.people.login_model import OuterClient
from lychgate.server.secrets import digest, new_secret
from lychgate.server.sessions import once
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.stores.store import StoreUnavailable

from . import carried, registrar
from .login import called_back, failed, log_in
from .outward import outward
from .places import CALLBACK, LOGIN, ROTATE, again, to_login

if TYPE_CHECKING:
    from lychgate.server.configuration.keycloak_settings import ExternalKeycloak
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Answer, Call, Form
    from lychgate.server.facades.facade import Handler

NAME = 100  # characters of a client's name
SEAL = "outer client"

log = logging.getLogger("lychgate.server.esgf")
_turns: weakref.WeakValueDictionary[bytes, asyncio.Lock] = weakref.WeakValueDictionary()


def paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    return {
        REGISTRATION.rstrip("/"): {"GET": partial(_look, engine), "POST": partial(_press, engine, _make)},
        ROTATE: {"POST": partial(_press, engine, _rotate)},
        LOGIN: {"GET": partial(log_in, engine)},
        CALLBACK: {"GET": partial(called_back, engine)},
    }


@dataclass(frozen=True, slots=True)
class Guest:
    """Who has logged in at Keycloak within the last minutes."""

    engine: Engine
    call: Call
    sub: str
    name: str
    email: str
    keycloak: ExternalKeycloak = field(repr=False)

    @property
    def digest(self) -> bytes:
        return digest(f"{self.keycloak.issuer}\n{self.sub}")

    @property
    def actor(self) -> Actor:
        return Actor(f"{self.keycloak.issuer} {self.sub}", self.call.address, self.call.id)


def _guest(browser: Browser) -> Guest | None:
    found = carried.carried(browser, carried.PERSON)
    if found is None:
        return None
    engine = browser.engine
    return Guest(engine, browser.call, found["sub"], found["name"], found["email"], engine.config.facade.esgf.keycloak)


async def _look(engine: Engine, call: Call) -> Answer:
    """GET by a program, or by its person before the login: 302 to the login. By a person logged in: their page."""
    browser = await browser_of(engine, call)
    guest = _guest(browser)
    if guest is None:
        return to_login(engine)
    kept = await engine.store.outer_client(guest.digest)
    return browser.page(_form(guest) if kept is None else _shown(kept))


async def _press(engine: Engine, act: Callable[[Guest, Form], Awaitable[View]], call: Call) -> Answer:
    """POST of a form, one after the other for each person."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    guest = _guest(browser)
    if guest is None:
        return browser.page(TOO_OLD)
    async with _turns.setdefault(guest.digest, asyncio.Lock()):
        return browser.page(await act(guest, form))


async def _make(guest: Guest, form: Form) -> View:
    kept = await guest.engine.store.outer_client(guest.digest)
    if kept is not None:
        return _shown(kept)
    name = form.get("name", "").strip()
    if not 0 < len(name) <= NAME:
        return _form(guest, name, f"Give it a name of at most {NAME} characters.")
    token = guest.keycloak.initial_access_token.get_secret_value()
    try:
        made = await outward(guest.engine, registrar.register(guest.keycloak.issuer, token, guest.name, name))
    except Refused as error:
        return TAKEN if registrar.is_taken(error) else _not_now(error)
    except LychgateError as error:
        return _fault(error)
    await _keep(guest, made, "", "outer_client.add")
    return _secret(guest, made, rotated=False)


async def _rotate(guest: Guest, form: Form) -> View:
    engine, kept = guest.engine, await guest.engine.store.outer_client(guest.digest)
    if kept is None:
        return _form(guest)
    if once.FIELD not in form:
        return _shown(kept)
    id = once.id_of(engine, guest.digest.hex(), form[once.FIELD])
    if kept.once == id:  # this form has been sent before
        return _shown(kept)
    token = engine.master.unseal(kept.sealed, SEAL).decode()
    try:
        flow = registrar.new_secret(guest.keycloak.issuer, token, kept.client, new_secret())
        made = await outward(engine, flow)
    except Refused as error:
        return await _gone(guest, kept) if registrar.is_gone(error) else _not_now(error)
    except LychgateError as error:
        return _fault(error)
    await _keep(guest, made, id, "outer_client.rotate")
    return _secret(guest, made, rotated=True)


async def _gone(guest: Guest, kept: OuterClient) -> View:
    row = guest.actor.row(guest.engine, "outer_client.gone", client=kept.client)
    await guest.engine.store.forget_outer_client(guest.digest, [row])
    return _form(guest, "", "Your client is no longer registered there. Make a new one.")


async def _keep(guest: Guest, made: registrar.Registered, once: str, event: str) -> None:
    """What is made is made: where it cannot be kept, the person sees the secret all the same."""
    engine = guest.engine
    sealed = engine.master.seal(made.token.encode(), SEAL)
    row = guest.actor.row(engine, event, client=made.id)
    try:
        await engine.store.keep_outer_client(OuterClient(guest.digest, made.id, sealed, once, engine.clock()), [row])
    except StoreUnavailable:
        log.error("the client %s is registered at Keycloak, and could not be noted here", made.id)


def _form(guest: Guest, name: str = "", problem: str = "") -> NewClient:
    audiences = guest.engine.config.facade.esgf.audiences
    return NewClient(
        person=Person(name=guest.name, email=guest.email),
        service=audiences[0] if audiences else "",
        name=name,
        problem=problem,
        action=REGISTRATION,
        back=PATHS["home"],
        hidden=once.hidden(),
    )


def _shown(kept: OuterClient) -> NewSecret:
    return NewSecret(
        state="shown", client=kept.client, name=kept.client, rotate=ROTATE, back="", at_once=True, hidden=once.hidden()
    )


def _secret(guest: Guest, made: registrar.Registered, *, rotated: bool) -> NewSecret:
    at = f"{guest.keycloak.issuer}/protocol/openid-connect/token"
    return NewSecret(
        state="rotated" if rotated else "first",
        client=made.id,
        name=made.id,
        secret=made.secret,
        command=f"curl -u {shlex.quote(made.id)} -d grant_type=client_credentials {at}",
        back=REGISTRATION,
    )


def _fault(error: LychgateError) -> View:
    """What was sent may have been done, though no answer came."""
    return UNSURE if failed(error).code == 503 else NOT_NOW


def _not_now(error: Refused) -> View:
    log.error("Keycloak registers no client (is the initial access token used up, or too old?): %s", error)
    return NOT_NOW


TOO_OLD = again("Your login is too old", "A login serves here for ten minutes. Nothing was changed. Log in again.", 400)
TAKEN = again(
    "There is a client with your name already",
    "It was not made here, or is no longer known here, so no secret of it can be shown. Nothing was changed. Ask the "
    "operator of this service to remove it, or use the secret that you have.",
    409,
)
UNSURE = again(
    "No answer came",
    "The service where clients are registered did not answer, and it is not known whether it did what was asked. Start "
    "again in a minute, and see.",
    503,
)
NOT_NOW = again(
    "Nothing can be registered now",
    "The service where clients are registered did not accept the request of this one. Nothing was changed. Tell the "
    "operator of this service.",
    503,
)
