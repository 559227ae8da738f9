"""A person's own clients: made, given new secrets, removed. A secret is shown once, by the press that made it.

The same form sent again (a reload, the back button) makes nothing: it shows the id, and that the secret was shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Form
from lychgate.server.model import Client
from lychgate.server.pages.confirm import Confirm
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.secret import NewClient, NewSecret
from lychgate.server.pages.view import Person, View
from lychgate.server.pages.words import shown
from lychgate.server.programs import clients
from lychgate.server.programs.clients import Made
from lychgate.server.sessions import once
from lychgate.server.stores.store import Missing, Taken

from .admin_desk import why
from .discovery import TOKEN
from .mine import key_of
from .personal import Visit

METHODS = frozenset({"client_secret_basic", "client_secret_post"})


async def ask_to_make(visit: Visit) -> View:
    return form_page(visit)


def form_page(visit: Visit, **more: str) -> NewClient:
    """The page that makes a client; ``more`` are fields of it."""
    user = visit.user
    person = Person(name=user.name, email=user.email, superuser=user.superuser)
    return NewClient(person=person, hidden=once.hidden(), **more)  # type: ignore[arg-type]  # fields by name


async def make(visit: Visit, form: Form) -> View:
    wanted = Client(visit.engine.issuer.id, "", form.get("name", "").strip(), owner=visit.user.id, methods=METHODS)
    return await made(visit, form, wanted, {})


async def made(visit: Visit, form: Form, wanted: Client, page: Mapping[str, str]) -> View:
    """The page with the id and secret of ``wanted``, made by this form; ``page`` are fields of the form's page."""
    if once.FIELD not in form:
        return form_page(visit, name=wanted.name, problem="Something was missing in what came. Try again.", **page)
    client = replace(wanted, id=once.id_of(visit.engine, visit.user.id, form[once.FIELD]))
    try:
        return told(visit, await clients.add(visit.engine, visit.actor, client))
    except Taken:
        return shown_already(client)
    except OAuthError as error:
        return form_page(visit, name=wanted.name, problem=why(error), **page)


def told(visit: Visit, made: Made, state: str = "first") -> NewSecret:
    """The secret, this once."""
    client = made.client
    here = client.issuer == visit.engine.issuer.id and "client_secret_basic" in client.methods
    line = f"curl -u {client.id} -d grant_type=client_credentials {visit.engine.named(TOKEN)}"
    return NewSecret(
        state="rotated" if state == "rotated" else "first",
        client=client.id,
        name=client.name,
        secret=made.secret or "",
        command=line if here and "client_credentials" in client.grants else "",
        old_until=made.old_not_after,
        key=key_of(client),
        hidden=once.hidden(),
    )


def shown_already(client: Client) -> NewSecret:
    return NewSecret(state="shown", client=client.id, name=client.name, key=key_of(client), hidden=once.hidden())


async def _owned(visit: Visit, key: str) -> Client:
    """The client that ``key`` names. Raises ``Missing`` where it is not this person's."""
    issuer, _, id = key.partition("/")
    found = await visit.engine.store.client(issuer, id) if 0 < len(id) <= 255 else None
    if found is None or found.owner != visit.user.id:
        raise Missing("there is no such client")
    return found


async def rotate(visit: Visit, form: Form) -> View:
    client = await _owned(visit, form.get("id", ""))
    if once.FIELD not in form:
        return shown_already(client)
    id = once.id_of(visit.engine, visit.user.id, form[once.FIELD])
    if any(secret.id == id for secret in client.secrets):
        return shown_already(client)
    try:
        return told(visit, await clients.rotate(visit.engine, visit.actor, client, id=id), "rotated")
    except OAuthError as error:
        return _question(client, why(error))


async def ask_to_remove(visit: Visit) -> View:
    return _question(await _owned(visit, visit.call.query_value("id")))


def _question(client: Client, refused: str = "") -> Confirm:
    return Confirm(
        question=f"Remove the client “{shown(client.name)}”?",
        consequence="Programs that use its id and secret are refused at once. This cannot be undone.",
        verb="Remove it",
        action=PATHS["client_remove"],
        back=PATHS["mine"],
        refused=refused,
        hidden=(("id", key_of(client)),),
    )


async def remove(visit: Visit, form: Form) -> View | str:
    client = await _owned(visit, form.get("id", ""))
    try:
        await clients.remove(visit.engine, visit.actor, client)
    except OAuthError as error:
        return _question(client, why(error))
    return PATHS["mine"]
