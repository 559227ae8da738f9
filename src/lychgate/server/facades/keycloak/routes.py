"""What is answered below a realm: the engine's endpoints and pages, those of the protocol under Keycloak's names."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lychgate.oauth import jose, metadata
from lychgate.server import endpoints
from lychgate.server.endpoints import discovery
from lychgate.server.endpoints.admin import AdminRoutes
from lychgate.server.exchange import Answer, json_answer, public_json
from lychgate.server.issuers.dialect import Dialect

from . import introspection, logout, registration, token

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Call
    from lychgate.server.facades.facade import Handler

PROTOCOL = "/protocol/openid-connect"
TOKEN = f"{PROTOCOL}/token"
LOGOUT = f"{PROTOCOL}/logout"
NAMES = {  # ours, and Keycloak's name for the same
    discovery.AUTHORIZE: f"{PROTOCOL}/auth",
    discovery.TOKEN: TOKEN,
    discovery.INTROSPECT: f"{PROTOCOL}/token/introspect",
    discovery.REVOKE: f"{PROTOCOL}/revoke",
    discovery.USERINFO: f"{PROTOCOL}/userinfo",
    discovery.JWKS: f"{PROTOCOL}/certs",
    discovery.DEVICE: f"{PROTOCOL}/auth/device",
    discovery.PAR: f"{PROTOCOL}/ext/par/request",
    discovery.REGISTER: registration.OPENID,
    logout.PAGE: LOGOUT,
}
KEPT = frozenset({discovery.AUTHORIZE, logout.PAGE})  # our pages go on there
DIALECT = Dialect(NAMES, (TOKEN,), token.manner_of)
NamedHandler = Callable[[str, "Call"], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Branch:
    """All that is answered for one address of a realm: ``table`` by whole path and method.

    ``named`` are the beginnings of paths that end in an id, whose handlers are called with it.
    """

    table: Mapping[str, Mapping[str, Handler]]
    named: Mapping[str, Mapping[str, NamedHandler]]
    admin: AdminRoutes

    def methods(self, path: str) -> Mapping[str, Handler] | None:
        """The handlers for ``path`` by method, None where there is nothing."""
        found = self.table.get(path)
        if found is None:
            beginning, _, id = path.rpartition("/")
            handlers = self.named.get(f"{beginning}/") if id else None
            found = None if handlers is None else {method: partial(one, id) for method, one in handlers.items()}
        return found or self.admin.methods(path)

    def template(self, path: str) -> str | None:
        """``path`` with its id left open, None where there is nothing."""
        if path in self.table:
            return path
        beginning = path.rpartition("/")[0] + "/"
        return f"{beginning}{{id}}" if beginning in self.named else self.admin.template(path)


def branch(engine: Engine) -> Branch:
    """``engine`` is the view of the realm."""
    base, admin = engine.base, AdminRoutes(engine)
    found = dict(endpoints.paths(engine))
    for own, name in NAMES.items():
        methods = found[base + own] if own in KEPT else found.pop(base + own)
        found[base + name] = methods
    found[base + TOKEN] = {"POST": partial(token.token, engine)}
    found[base + NAMES[discovery.INTROSPECT]] = {"POST": partial(introspection.introspect, engine)}
    found[base + LOGOUT] = logout.methods(engine, found[base + logout.PAGE])
    document = public_json(json.dumps(described(engine)).encode(), discovery.MAX_AGE)
    found |= {path: {"GET": partial(_fixed, document)} for path in metadata.paths(base)}
    found[base] = {"GET": partial(_realm, engine)}
    unnamed, named = registration.paths(engine)
    found |= {base + path: methods for path, methods in unnamed.items()}
    return Branch(found, {base + path: methods for path, methods in named.items()}, admin)


def described(engine: Engine) -> dict[str, Any]:
    """The discovery document, with Keycloak's names for the addresses."""
    stem = engine.issuer.url
    names = {stem + own: stem + name for own, name in NAMES.items()}
    return {
        name: names.get(value, value) if isinstance(value, str) else value
        for name, value in discovery.document(engine).items()
    } | {"end_session_endpoint": stem + LOGOUT}


async def _realm(engine: Engine, call: Call) -> Answer:
    """The realm's own document: its newest RSA key, as Keycloak's adapters read it, and where the rest is."""
    keys = [jose.import_key(key) for key in json.loads(engine.keys.document(engine.issuer.id))["keys"]]
    ders = [jose.public_der(key) for key in keys if key.key_type == "RSA"]
    stem = engine.issuer.url
    return json_answer(
        {
            "realm": engine.issuer.realm,
            "public_key": base64.b64encode(ders[-1]).decode() if ders else "",
            "token-service": stem + PROTOCOL,
            "account-service": f"{stem}/me/account",
            "tokens-not-before": 0,
        }
    )


async def _fixed(answer: Answer, call: Call) -> Answer:
    return answer
