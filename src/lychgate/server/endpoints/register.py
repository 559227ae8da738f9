"""Clients that register themselves (RFC 7591), and manage what they registered (RFC 7592).

Open to all, to holders of an initial access token, or closed: as the server's ``registration`` says. What a client
says of itself proves nothing; the pages say so.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from lychgate.kernel.challenge import Challenge
from lychgate.oauth.error import OAuthError
from lychgate.server.actor import Actor
from lychgate.server.bound.certificate_rules import needs_certificate
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer
from lychgate.server.model import Client
from lychgate.server.people.login_model import RegistrationToken
from lychgate.server.programs import clients, metadata
from lychgate.server.secrets import digest, new_id, new_secret

from .discovery import REGISTER

MADE = {"registered": "itself"}


async def register(engine: Engine, call: Call) -> Answer:
    """POST of metadata; 201 with id, secret and the token to manage it, each shown this once."""
    trusted = await admitted(engine, call)
    grants = (*metadata.GRANTS, "client_credentials") if trusted else metadata.GRANTS
    scopes, fresh = engine.config.registration_scopes, blank(engine, new_id())
    client = _admissible(engine, metadata.read(await json_body(call), fresh, scopes, engine.fetcher, grants))
    made = await clients.add(engine, actor_of(call, client.id), client)
    token = await managing_token(engine, client)
    secret = {} if made.secret is None else {"client_secret": made.secret, "client_secret_expires_at": 0}
    return json_answer(metadata.shown(made.client) | secret | _managed(engine, client.id, token), 201)


def blank(engine: Engine, id: str) -> Client:
    """What a client is before its metadata is read: what it may not say of itself."""
    return Client(engine.issuer.id, id, "", audiences=engine.config.registration_audiences, extra=dict(MADE))


async def read(engine: Engine, call: Call) -> Answer:
    """GET by the registration access token; a secret is not shown again, only its digest is kept."""
    client, token = await own(engine, call, call.query_value("client_id"))
    return json_answer(metadata.shown(client) | _managed(engine, client.id, token))


async def update(engine: Engine, call: Call) -> Answer:
    """PUT of the whole metadata in place of what is registered."""
    client, token = await own(engine, call, call.query_value("client_id"))
    body = await json_body(call)
    if not isinstance(body, dict) or body.pop("client_id", None) != client.id:
        raise OAuthError("invalid_request", "the body names the client_id that is to be updated (RFC 7592 2.2)")
    body.pop("client_secret", None)
    kept = {name: value for name, value in client.extra.items() if name not in metadata.KEPT}
    grants = (*metadata.GRANTS, *client.grants)  # what an initial access token allowed may stay
    bare = Client(client.issuer, client.id, "", owner=client.owner, extra=kept)
    wanted = _admissible(engine, metadata.read(body, bare, engine.config.registration_scopes, engine.fetcher, grants))
    names = ("name", "methods", "grants", "redirect_uris", "scopes", "jwks", "jwks_uri", "extra")
    changes = {name: getattr(wanted, name) for name in names}
    made = await clients.edit(engine, actor_of(call, client.id), client, changes)
    secret = {} if made.secret is None else {"client_secret": made.secret, "client_secret_expires_at": 0}
    return json_answer(metadata.shown(made.client) | secret | _managed(engine, client.id, token))


async def remove(engine: Engine, call: Call) -> Answer:
    """DELETE: the client, its logins and its token are gone."""
    client, _ = await own(engine, call, call.query_value("client_id"))
    await clients.remove(engine, actor_of(call, client.id), client)
    return Answer(204, b"", [(b"cache-control", b"no-store")])


async def admitted(engine: Engine, call: Call) -> bool:
    """Whether an initial access token was spent. Raises ``OAuthError`` (401, 403) for whom registration is closed."""
    wanted, token = engine.config.registers(engine.issuer.url), _bearer(call)
    if wanted == "closed":
        raise OAuthError("access_denied", "clients do not register themselves here: ask the operator")
    if token:
        if not await _spent(engine, digest(token)):
            raise _unauthorized(engine, "the initial access token is not known, has ended or is used up")
        return True
    if wanted == "token":
        raise _unauthorized(engine, "registration needs an initial access token")
    return False


def _admissible(engine: Engine, client: Client) -> Client:
    if engine.config.certificates_from == "off" and needs_certificate(client):
        raise OAuthError("invalid_client_metadata", "this server takes no certificates of clients (RFC 8705)")
    return client


async def _spent(engine: Engine, token: bytes) -> bool:
    """Whether it is an initial token of this issuer, and was good for once more: one that manages a client is not."""
    known = await engine.store.registration_token(token)
    if known is None or known.client is not None or known.issuer != engine.issuer.id:
        return False
    return await engine.store.spend_registration_token(token, engine.clock()) is not None


async def own(engine: Engine, call: Call, id: str) -> tuple[Client, str]:
    """The client that the URL names, for the holder of its own registration access token alone."""
    token = _bearer(call)
    kept = await engine.store.registration_token(digest(token)) if token else None
    # From the database, so that what a program has just changed is what it reads, and what it changes next.
    client = await engine.store.client(engine.issuer.id, id) if 0 < len(id) <= 255 else None
    if kept is None or client is None or (kept.issuer, kept.client) != (client.issuer, client.id):
        raise _unauthorized(engine, "the registration access token is not this client's")
    return client, token


async def managing_token(engine: Engine, client: Client) -> str:
    """A new token that manages ``client``; only its digest is kept."""
    token = new_secret()
    await engine.store.add_registration_token(
        RegistrationToken(digest(token), client.issuer, client.id, created_at=engine.clock())
    )
    return token


def _managed(engine: Engine, id: str, token: str) -> dict[str, str]:
    uri = f"{engine.issuer.url.rstrip('/')}{REGISTER}?{urlencode({'client_id': id})}"
    return {"registration_access_token": token, "registration_client_uri": uri}


def _bearer(call: Call) -> str:
    scheme, _, token = (call.authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unauthorized(engine: Engine, why: str) -> OAuthError:
    said = {"realm": engine.issuer.url, "error": "invalid_token"}
    return OAuthError("invalid_token", why, headers={"WWW-Authenticate": str(Challenge("bearer", said))})


async def json_body(call: Call) -> Any:
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise OAuthError("invalid_request", "send a body of type application/json", status=415)
    try:
        return json.loads(await call.body())
    except (ValueError, RecursionError):
        raise OAuthError("invalid_client_metadata", "the body is not JSON") from None


def actor_of(call: Call, id: str) -> Actor:
    return Actor(f"client {id}", call.address, call.id)
