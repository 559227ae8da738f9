"""Keycloak's client registration: ``clients-registrations/default`` and ``/openid-connect``, each with ``/ID``.

``default`` speaks ClientRepresentation, ``openid-connect`` RFC 7591. Whose programs may register is the server's
``registration``. A caller chooses an id only in ``default``, and only with a valid initial access token.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from lychgate.oauth.error import OAuthError
from lychgate.server.endpoints import register
from lychgate.server.exchange import Answer, Call, json_answer
from lychgate.server.programs import clients, metadata
from lychgate.server.programs.registration import refused
from lychgate.server.secrets import new_id
from lychgate.server.stores.store import Taken

from . import representation

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

Unnamed = Mapping[str, Mapping[str, Callable[[Call], Awaitable[Answer]]]]
Named = Mapping[str, Mapping[str, Callable[[str, Call], Awaitable[Answer]]]]

DEFAULT = "/clients-registrations/default"
OPENID = "/clients-registrations/openid-connect"


def paths(engine: Engine) -> tuple[Unnamed, Named]:
    """By path below the realm: those without an id, and the beginnings of those with one."""
    openid = {"GET": register.read, "PUT": register.update, "DELETE": register.remove}
    return (
        {
            DEFAULT: {"POST": partial(_add, engine)},
            OPENID: {"POST": partial(_translated, engine, register.register)},
        },
        {
            f"{DEFAULT}/": {
                "GET": partial(_read, engine),
                "PUT": partial(_update, engine),
                "DELETE": partial(_remove, engine),
            },
            f"{OPENID}/": {method: partial(_named, engine, handler) for method, handler in openid.items()},
        },
    )


async def _add(engine: Engine, call: Call) -> Answer:
    trusted = await register.admitted(engine, call)
    body = await register.json_body(call)
    chosen = body.get("clientId") if isinstance(body, dict) else None
    if chosen is not None and not (trusted and isinstance(chosen, str)):
        raise refused("clientId: a program chooses its own only with an initial access token")
    grants = (*metadata.GRANTS, "client_credentials") if trusted else metadata.GRANTS
    blank = register.blank(engine, new_id() if chosen is None else chosen)
    client = representation.read(body, blank, engine, grants)
    try:
        made = await clients.add(engine, register.actor_of(call, client.id), client)
    except Taken:
        raise refused("clientId: this id is in use") from None
    token = await register.managing_token(engine, client)
    return json_answer(_shown(made, token), 201, {"Location": _address(engine, DEFAULT, client.id)})


async def _read(engine: Engine, id: str, call: Call) -> Answer:
    client, token = await register.own(engine, call, unquote(id))
    return json_answer(representation.shown(client, token))


async def _update(engine: Engine, id: str, call: Call) -> Answer:
    """PUT of the whole representation in place of what is registered."""
    client, token = await register.own(engine, call, unquote(id))
    body = await register.json_body(call)
    if not isinstance(body, dict) or body.get("clientId") != client.id:
        raise OAuthError("invalid_request", "the body names the clientId that is to be updated")
    kept = {name: value for name, value in client.extra.items() if name not in metadata.KEPT}
    blank = replace(client, extra=kept)
    wanted = representation.read(body, blank, engine, (*metadata.GRANTS, *client.grants))
    names = ("name", "methods", "grants", "redirect_uris", "extra")
    changes = {name: getattr(wanted, name) for name in names}
    return json_answer(_shown(await clients.edit(engine, register.actor_of(call, client.id), client, changes), token))


async def _remove(engine: Engine, id: str, call: Call) -> Answer:
    client, _ = await register.own(engine, call, unquote(id))
    await clients.remove(engine, register.actor_of(call, client.id), client)
    return Answer(204, b"", [(b"cache-control", b"no-store")])


def _shown(made: clients.Made, token: str) -> dict[str, Any]:
    secret = {} if made.secret is None else {"secret": made.secret}
    return representation.shown(made.client, token) | secret


async def _named(engine: Engine, handler: Callable[[Engine, Call], Awaitable[Answer]], id: str, call: Call) -> Answer:
    """The engine's handler, which takes the id from the query."""
    call.query = urlencode({"client_id": unquote(id)}).encode()
    return await _translated(engine, handler, call)


async def _translated(engine: Engine, handler: Callable[[Engine, Call], Awaitable[Answer]], call: Call) -> Answer:
    """The engine's answer, with the client's address as it is here."""
    answer = await handler(engine, call)
    if answer.body:
        said = json.loads(answer.body)
        said["registration_client_uri"] = _address(engine, OPENID, said["client_id"])
        answer = json_answer(said, answer.status)
    return answer


def _address(engine: Engine, path: str, id: str) -> str:
    return f"{engine.issuer.url}{path}/{quote(id, safe='')}"
