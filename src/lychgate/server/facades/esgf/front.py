"""Registration of a person's program, as ESGF's compute nodes have it.

A program asks ``/wps/auth/client_registration/`` and is told by a 302 where its person goes: to the login, then to a
page that makes an id and a secret for that person and shows them once. Each person has one client here; a second visit
shows its id, that the secret was shown, and a button for a new one. No address in a request is ever gone to.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from lychgate.server.endpoints import own_clients
from lychgate.server.endpoints.onward import REGISTRATION
from lychgate.server.endpoints.personal import Visit, log_in_first, opened, pressed
from lychgate.server.model import Client, Issuer
from lychgate.server.pages.message import Message
from lychgate.server.sessions.browser import browser_of

from . import external
from .places import CALLBACK, LOGIN, NO_LOGIN, elsewhere, to_login

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Answer, Call, Form
    from lychgate.server.facades.facade import Handler
    from lychgate.server.pages.view import View

NAME = "esgf"
HERE = "registration"  # the name of the page that a login leads back to
MARK = {"registered_at": NAME}
MOST = 100  # clients of a person that are looked through at a time
NAMED = "ESGF compute"


def paths(engine: Engine) -> Mapping[str, Mapping[str, Handler]]:
    """Each with a slash at its end and without."""
    found = external.paths(engine) if engine.config.facade.esgf.keycloak.url else _own_paths(engine)
    return found | {f"{path}/": methods for path, methods in found.items()}


def _own_paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    return {
        REGISTRATION.rstrip("/"): {"GET": partial(_register, engine), "POST": partial(pressed, engine, _make, HERE)},
        LOGIN: {"GET": partial(_log_in, engine)},
        CALLBACK: {"GET": partial(_called_back, engine)},
    }


async def _register(engine: Engine, call: Call) -> Answer:
    """GET by a program, or by its person before the login: 302 to the login. By a person logged in: their page."""
    browser = await browser_of(engine, call)
    if browser.user is None:
        return to_login(engine)
    return await opened(engine, _page, HERE, call)


async def _log_in(engine: Engine, call: Call) -> Answer:
    """The login. It leads to the registration and nowhere else, whatever ``next`` says."""
    browser = await browser_of(engine, call)
    if browser.user is not None:
        return elsewhere(engine, REGISTRATION)
    return browser.page(log_in_first(HERE))


async def _called_back(engine: Engine, call: Call) -> Answer:
    """People log in here itself, so that nobody comes back from elsewhere."""
    return (await browser_of(engine, call)).page(NO_LOGIN)


async def _page(visit: Visit) -> View:
    issuer = _issuer(visit.engine)
    if issuer is None:
        return NO_REALM
    known = await _known(visit, issuer)
    return own_clients.form_page(visit, name=NAMED, **_shape(visit)) if known is None else _again(known)


async def _make(visit: Visit, form: Form) -> View:
    issuer = _issuer(visit.engine)
    if issuer is None:
        return NO_REALM
    known = await _known(visit, issuer)
    if known is not None:
        return _again(known)
    wanted = Client(
        issuer.id,
        "",
        form.get("name", "").strip(),
        owner=visit.user.id,
        methods=own_clients.METHODS,
        audiences=visit.engine.config.facade.esgf.audiences,
        extra=dict(MARK),
    )
    return await own_clients.made(visit, form, wanted, _shape(visit))


def _again(client: Client) -> View:
    return own_clients.shown_already(client)


def _shape(visit: Visit) -> dict[str, str]:
    """What the page says of the service, and where its form goes."""
    audiences = visit.engine.config.facade.esgf.audiences
    return {"action": REGISTRATION, "service": audiences[0] if audiences else ""}


def _issuer(engine: Engine) -> Issuer | None:
    """Where the clients are registered; None where the realm that was set is not there."""
    realm = engine.config.facade.esgf.realm
    if not realm:
        return engine.issuer
    return next((one for one in engine.authority.issuers.values() if one.realm == realm), None)


async def _known(visit: Visit, issuer: Issuer) -> Client | None:
    """The person's client of this front."""
    after = ""
    while True:
        found = await visit.engine.store.clients(issuer.id, visit.user.id, after=after, limit=MOST)
        mine = next((one for one in found if one.extra.get("registered_at") == NAME), None)
        if mine is not None or len(found) < MOST:
            return mine
        after = found[-1].id


NO_REALM = Message(
    title="Nothing can be registered now",
    text="This service is set to register programs in a realm that is not there. Tell its operator.",
    code=503,
)
