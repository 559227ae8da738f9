"""Keycloak's client registration service, as its clients use it (``clients-registrations/default``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from lychgate.issuer.call import call, scrubbed
from lychgate.kernel.errors import Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request

WANTED: Mapping[str, Any] = {
    "authorizationServicesEnabled": False,
    "consentRequired": False,
    "serviceAccountsEnabled": True,
    "standardFlowEnabled": False,
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A client; ``token`` is the registration access token by which it is changed."""

    id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


def register(issuer: str, token: str, id: str, name: str) -> Flow[Registered]:
    """A new client for client credentials; ``token`` is an initial access token.

    Raises ``Refused`` (``is_taken`` tells one kind from the rest), ``TransientError``, ``ConfigError``.
    """
    made = {"clientId": id, **WANTED, "name": name}
    return (yield from _answered("POST", _address(issuer), token, made))


def new_secret(issuer: str, token: str, id: str, secret: str) -> Flow[Registered]:
    """Give the client ``id`` another secret, which ends the one before; ``token`` is its registration access token."""
    url = f"{_address(issuer)}/{quote(id, safe='')}"
    return (yield from _answered("PUT", url, token, {"clientId": id, **WANTED, "secret": secret}))


def is_taken(error: Refused) -> bool:
    """Whether there is a client with this id already."""
    return error.status in (400, 409) and "in use" in error.description.lower()


def is_gone(error: Refused) -> bool:
    """Whether there is no such client any more, or it is no longer ours to change."""
    return error.status in (401, 404)


def _address(issuer: str) -> str:
    return f"{issuer}/clients-registrations/default"


def _answered(method: str, url: str, token: str, made: Mapping[str, Any]) -> Flow[Registered]:
    headers = {"Accept": "application/json", "Authorization": f"bearer {token}", "Content-Type": "application/json"}
    request = Request(method, url, Headers(headers), json.dumps(made).encode())
    secrets = {token, str(made.get("secret", ""))}
    try:
        answer = yield from call(url, lambda now: request, "Keycloak's client registration", tries=1)
    except Refused as error:
        raise scrubbed(error, secrets) from None
    found = [answer.body.get(name) for name in ("clientId", "secret", "registrationAccessToken")]
    if not all(isinstance(text, str) and text for text in found):
        raise TransientError("Keycloak's client registration answered without an id, a secret or a token")
    return Registered(*map(str, found))
