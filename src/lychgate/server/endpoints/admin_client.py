"""The administration's page of one client, and what is done to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lychgate.oauth import logout_metadata
from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Form
from lychgate.server.model import Client
from lychgate.server.pages.admin_client import AdminClient, SecretRow
from lychgate.server.pages.confirm import Confirm
from lychgate.server.pages.paths import PATHS, path
from lychgate.server.pages.view import View
from lychgate.server.pages.words import shown, span
from lychgate.server.programs import clients, fapi

from . import discovery
from .admin_clients import GRANT_WORDS, METHOD_WORDS, named, row, told
from .admin_desk import Desk, why
from .admin_preview import preview

ENDPOINTS = (
    ("Discovery", "/.well-known/openid-configuration"),
    ("Authorization", discovery.AUTHORIZE),
    ("Token", discovery.TOKEN),
    ("Device", discovery.DEVICE),
    ("Pushed requests", discovery.PAR),
    ("Userinfo", discovery.USERINFO),
    ("Introspection", discovery.INTROSPECT),
    ("Revocation", discovery.REVOKE),
    ("Key set (JWKS)", discovery.JWKS),
)

BINDINGS = {fapi.KEY_BOUND: "to a key (DPoP)", fapi.CERTIFICATE_BOUND: "to its certificate"}
PROFILES = {"fapi2": "FAPI 2.0"}


async def client(desk: Desk) -> View:
    found = await named(desk)
    engine, who = desk.engine, desk.call.query_value("user").strip()[:320]
    return AdminClient(
        client=await row(desk, found),
        settings=_settings(found),
        endpoints=(("Issuer", engine.issuer.url), *((label, engine.named(path)) for label, path in ENDPOINTS)),
        secrets=tuple(SecretRow(id=one.id, made_at=one.created_at, ends_at=one.not_after) for one in found.secrets),
        preview=await preview(engine, found, who) if who else None,
    )


def _settings(client: Client) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("Tokens by", tuple(GRANT_WORDS.get(one, one) for one in sorted(client.grants))),
        ("Proves itself by", tuple(METHOD_WORDS.get(one, one) for one in sorted(client.methods))),
        ("Redirect URIs", client.redirect_uris),
        *((one.label, _logout(one.kind, client.extra.get(one.name))) for one in logout_metadata.OPTIONS),
        ("Scopes", client.scopes),
        ("Audiences", client.audiences),
        ("May introspect", client.resources),
        ("Only for groups", client.groups),
        ("Its tokens are bound", tuple(words for name, words in BINDINGS.items() if client.extra.get(name) is True)),
        ("Security profile", (PROFILES.get(client.profile, client.profile),) if client.profile else ()),
        ("A token lives", (span(client.lifetime),) if client.lifetime else ("as all others",)),
    )


def _logout(kind: str, value: Any) -> tuple[str, ...]:
    if kind == "flag":
        return ("always",) if value else ("where one session ends alone",)
    return tuple(value or ()) if kind == "urls" else (value,) if value else ()


@dataclass(frozen=True, slots=True)
class Deed:
    question: str
    consequence: str
    verb: str
    do: Callable[[Desk, Client], Awaitable[View | str]]
    danger: bool = True


def _page(client: Client) -> str:
    return path("admin_client", id=client.id)


async def _set_active(desk: Desk, client: Client) -> str:
    active = desk.deed == "enable"
    await clients.edit(desk.engine, desk.actor, client, {"active": active}, f"client.{desk.deed}")
    return _page(client)


async def _rotate(desk: Desk, client: Client) -> View | str:
    return told(await clients.rotate(desk.engine, desk.actor, client), "rotated")


async def _log_out(desk: Desk, client: Client) -> str:
    changes = {"not_before": desk.engine.clock()}
    row = desk.actor.row(desk.engine, "client.log_out", client=client.id, issuer=client.issuer)
    await desk.engine.store.edit_client(client.issuer, client.id, changes, [row])
    return _page(client)


async def _remove(desk: Desk, client: Client) -> str:
    await clients.remove(desk.engine, desk.actor, client)
    return PATHS["admin_clients"]


DEEDS = {
    "disable": Deed("Disable the client {}?", "Its tokens and logins end at once, and it gets no more.", "Disable",
                    _set_active),
    "enable": Deed("Enable the client {}?", "It can get tokens again.", "Enable", _set_active, danger=False),
    "rotate-secret": Deed("Make a new secret for {}?", "It is shown once, on the next page. The old one goes on "
                          "working for a day.", "Make a new secret", _rotate, danger=False),
    "log-out": Deed("End all sessions of {}?", "Its tokens are refused from now on, and people log in anew.",
                    "End its sessions", _log_out),
    "remove": Deed("Remove the client {}?", "Its tokens and logins end at once, and it is gone for good.", "Remove",
                   _remove),
}  # fmt: skip


async def ask(desk: Desk) -> View:
    return _question(desk, await named(desk))


def _question(desk: Desk, client: Client, refused: str = "") -> Confirm:
    deed = DEEDS[desk.deed]
    return Confirm(
        question=deed.question.format(shown(client.name)),
        consequence=deed.consequence,
        verb=deed.verb,
        action=path("admin_client_do", id=client.id, deed=desk.deed),
        back=_page(client),
        danger=deed.danger,
        refused=refused,
    )


async def do(desk: Desk, form: Form) -> View | str:
    client = await named(desk)
    try:
        return await DEEDS[desk.deed].do(desk, client)
    except OAuthError as error:
        return _question(desk, client, why(error))
