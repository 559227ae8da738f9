"""The administration of clients: the list, and the form that makes and changes one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lychgate.oauth import logout_metadata
from lychgate.oauth.client_auth import METHODS
from lychgate.oauth.device import GRANT as DEVICE
from lychgate.oauth.error import OAuthError
from lychgate.oauth.jwt_bearer import GRANT as JWT_BEARER
from lychgate.oauth.token_exchange import GRANT as TOKEN_EXCHANGE
from lychgate.server.exchange import Form
from lychgate.server.grants import GRANTS
from lychgate.server.model import Client
from lychgate.server.pages.admin_clients import AdminClientForm, AdminClients, Choice, ClientRow, Option
from lychgate.server.pages.paths import path
from lychgate.server.pages.secret import NewSecret
from lychgate.server.pages.view import View
from lychgate.server.programs import clients
from lychgate.server.programs.clients import Made
from lychgate.server.secrets import new_id
from lychgate.server.stores.store import Missing

from .admin_desk import SIZE, Desk, why

GRANT_WORDS = {
    "authorization_code": "A person logs in with a browser",
    DEVICE: "A person logs in with a device code",
    "refresh_token": "It renews the login by itself",
    "client_credentials": "It acts for itself",
    TOKEN_EXCHANGE: "It exchanges tokens that it was sent for tokens to what it calls",
    JWT_BEARER: "It gives what a trusted issuer signed",
    "password": "It takes a person’s password (old programs only)",
}
METHOD_WORDS = {
    "client_secret_basic": "A secret in the header",
    "client_secret_post": "A secret in the body",
    "client_secret_jwt": "A secret that never travels (signed by HMAC)",
    "private_key_jwt": "A key of its own (its JWK set is given at the command line)",
    "tls_client_auth": "A certificate of an authority (its name is given at the command line)",
    "self_signed_tls_client_auth": "A certificate of its own (its JWK set is given at the command line)",
    "none": "Nothing: a public client, on a desktop or a phone",
}
MARKS = (
    logout_metadata.URI,
    logout_metadata.AFTER,
    "redirect",
    "lifetime",
    "grant",
    "method",
    "scope",
    "group",
    "audience",
    "resource",
    "name",
)
WHOLE = (logout_metadata.URI, logout_metadata.AFTER, "lifetime", "name")  # these name the field as they are
FIELDS = {"redirect": "redirect_uris", **{mark: mark for mark in WHOLE}}


async def listed(desk: Desk) -> View:
    store, issuer = desk.engine.store, desk.engine.issuer.id
    found = await store.listed_clients(issuer, desk.query, desk.skip, SIZE + 1)
    _, total, *_ = await store.numbers(issuer, desk.engine.clock())
    rows = tuple([await row(desk, client) for client in found[:SIZE]])
    return AdminClients(rows=rows, pager=desk.pager("admin_clients", len(found), total), query=desk.query)


async def row(desk: Desk, client: Client) -> ClientRow:
    owner = await desk.engine.authority.owner(client)
    return ClientRow(
        id=client.id,
        name=client.name,
        owner="" if owner is None else owner.name,
        active=client.active,
        public=client.public,
        registered_by_itself=client.extra.get("registered") == "itself",
        used_at=client.last_used_at,
        made_at=client.created_at,
    )


async def named(desk: Desk) -> Client:
    """The client whom the path names. Raises ``Missing``."""
    found = await desk.engine.store.client(desk.engine.issuer.id, desk.id) if len(desk.id) <= 255 else None
    if found is None:
        raise Missing("there is no such client")
    return found


def _choices(words: Mapping[str, str], known: Collection[str], chosen: Collection[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=one, label=words.get(one, one), chosen=one in chosen) for one in known)


def _form(client: Client, id: str, problem: str = "") -> AdminClientForm:
    wrong = next((mark for mark in MARKS if mark in problem.lower()), "")
    return AdminClientForm(
        action=path("admin_client_edit", id=id) if id else path("admin_client_new"),
        grants=_choices(GRANT_WORDS, GRANTS, client.grants),
        methods=_choices(METHOD_WORDS, (*METHODS, *sorted(client.methods - set(METHODS))), client.methods),
        id=id,
        name=client.name,
        redirect_uris=client.redirect_uris,
        scopes=client.scopes,
        groups=client.groups,
        audiences=client.audiences,
        resources=client.resources,
        lifetime=client.lifetime,
        options=tuple(_option(one, client.extra.get(one.name)) for one in logout_metadata.OPTIONS),
        problem=problem,
        wrong=FIELDS.get(wrong, wrong and wrong + "s"),
    )


def _option(one: logout_metadata.Option, value: Any) -> Option:
    text = "\n".join(value or ()) if one.kind == "urls" else str(value or "")
    return Option(name=one.name, kind=one.kind, label=one.label, hint=one.help, value=text)


async def new(desk: Desk) -> View:
    return _form(Client(desk.engine.issuer.id, "", ""), "")


async def edit(desk: Desk) -> View:
    client = await named(desk)
    return _form(client, client.id)


def _given(form: Form, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The fields of ``Client`` that the form holds; a lifetime that is no number is -1, which no rule allows."""
    lines = {name: tuple(form.get(name, "").split()) for name in ("redirect_uris", "audiences", "resources")}
    words = {name: tuple(form.get(name, "").split()) for name in ("scopes", "groups")}
    lifetime = form.get("lifetime", "").strip()
    number = int(lifetime) if lifetime.isascii() and lifetime.isdigit() and len(lifetime) < 10 else -1
    return {
        "name": form.get("name", "").strip(),
        "grants": frozenset(_ticked(form, "grants")),
        "methods": frozenset(_ticked(form, "methods")),
        "lifetime": number if lifetime else None,
        "extra": clients.extended(known or {}, {one.name: _registered(form, one) for one in logout_metadata.OPTIONS}),
        **lines,
        **words,
    }


def _registered(form: Form, one: logout_metadata.Option) -> Any:
    """What the form says of an option, None for nothing."""
    text = form.get(one.name, "")
    if one.kind == "flag":
        return True if text else None
    return (list(dict.fromkeys(text.split())) if one.kind == "urls" else text.strip()) or None


def _ticked(form: Form, name: str) -> tuple[str, ...]:
    return tuple(form.many.get(name, ()))


async def add(desk: Desk, form: Form) -> View | str:
    """POST of the form for a new client; its secret, where it has one, is on the page that comes."""
    given = _given(form)
    try:
        made = await clients.add(desk.engine, desk.actor, Client(desk.engine.issuer.id, new_id(), **given))
    except OAuthError as error:
        return _form(Client(desk.engine.issuer.id, "", **given), "", why(error))
    return told(made, "first")


async def change(desk: Desk, form: Form) -> View | str:
    client = await named(desk)
    given = _given(form, client.extra)
    try:
        made = await clients.edit(desk.engine, desk.actor, client, given)
    except OAuthError as error:
        return _form(Client(client.issuer, client.id, **given), client.id, why(error))
    return told(made, "first")


def told(made: Made, state: str) -> View | str:
    """The secret, this once; or on to the client's page."""
    client = made.client
    back = path("admin_client", id=client.id)
    if made.secret is None:
        return back
    return NewSecret(
        state="rotated" if state == "rotated" else "first",
        client=client.id,
        name=client.name,
        secret=made.secret,
        old_until=made.old_not_after,
        back=back,
    )
