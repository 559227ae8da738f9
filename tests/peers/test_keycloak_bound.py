"""Bound tokens at Keycloak 26: our client proves each request (RFC 9449), our guard reads what Keycloak binds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

import lychgate
from lychgate.guard import Guard
from lychgate.guard import keycloak as realm
from lychgate.oauth import jose
from support.api_server import Api, serve_api
from support.guarded_api import guard_api
from support.keycloak import Keycloak

ROBOT, FRONT = ("robot", "robot-secret-of-the-tests"), ("front", "front-secret-of-the-tests")


@pytest.fixture(params=["keys", "asking"])
def api(request: pytest.FixtureRequest, keycloak: Keycloak) -> Iterator[Api]:
    asking = None if request.param == "keys" else FRONT
    trusted = realm(keycloak.issuer, introspect=asking, keys=asking is None)
    with serve_api() as started:
        guard_api(started, Guard(trusted, "front", origins=[started.url], bound="dpop"))
        yield started


def test_a_token_of_keycloaks_is_bound_and_comes_with_a_proof(keycloak: Keycloak, api: Api) -> None:
    source = lychgate.ClientCredentials(issuer=keycloak.issuer, client_id=ROBOT[0], client_secret=ROBOT[1])
    auth = lychgate.auth(lychgate.DPoP(source), origins=[api.url])
    token = auth.token()
    assert token.type == "DPoP"
    assert httpx2.get(f"{api.url}/data", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
    bare = {"Authorization": f"Bearer {token.access.reveal()}"}
    refused = httpx2.get(f"{api.url}/data", headers=bare)
    assert (refused.status_code, refused.headers["www-authenticate"][:26]) == (401, 'DPoP error="invalid_token"')


def test_a_persons_login_is_renewed_with_its_key_and_keycloaks_own_api_wants_the_proof(keycloak: Keycloak) -> None:
    """By the password grant, for which the client is changed: what a browser would do there is tried elsewhere."""
    changed = {
        "clientId": "bound",
        "publicClient": True,
        "directAccessGrantsEnabled": True,
        "standardFlowEnabled": False,
    }
    attributes = {"dpop.bound.access.tokens": "true"}
    keycloak.admin("POST", "/clients", {**changed, "attributes": attributes})
    person: dict[str, Any] = {"client_id": "bound", "username": "ada", "password": "lovelace-1815", "scope": "openid"}
    auth = lychgate.auth(lychgate.Password(issuer=keycloak.issuer, **person, dpop=True), origins=[keycloak.base])
    token = auth.token()
    me = f"{keycloak.issuer}/protocol/openid-connect/userinfo"
    assert httpx2.get(me, auth=auth).json()["preferred_username"] == "ada"  # type: ignore[arg-type]  # it is one
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    fresh = auth._credential.performer.run(renewal.after(token))
    bound = [jose.peek(one.access.reveal())[1]["cnf"]["jkt"] for one in (token, fresh)]
    assert (fresh.access != token.access, bound[0]) == (True, bound[1])
    assert httpx2.get(me, auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
    assert httpx2.get(me, headers={"Authorization": f"Bearer {fresh.access.reveal()}"}).status_code == 401
    with pytest.raises(lychgate.Refused):
        lychgate.auth(lychgate.Password(issuer=keycloak.issuer, **person)).token()
