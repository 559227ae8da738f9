"""The guard before real issuers: ours and Keycloak 26, by their keys, by asking them, and both."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.guard import Guard, Issuer, Refusal, role
from lychgate.guard import keycloak as realm
from lychgate.oauth.client_auth import basic
from support.keycloak import Keycloak
from support.server import running

API = "https://wps.example.org"
WAYS = ("keys", "asking", "both")


@dataclass
class Place:
    """An issuer, the guard's way to trust it, and a program's token there with the role ``compute-user`` or without."""

    url: str
    trusted: Callable[..., Issuer]
    audience: str
    asks_as: tuple[str, str]
    with_role: Callable[[], dict[str, Any]]
    without: Callable[[], dict[str, Any]]
    revoke: Callable[[str], object]

    def guard(self, way: str, **options: Any) -> Guard:
        asking = None if way == "keys" else self.asks_as
        return Guard(self.trusted(self.url, introspect=asking, keys=way != "asking"), self.audience, **options)


def post(url: str, fields: dict[str, str], pair: tuple[str, str]) -> Any:
    request = urllib.request.Request(url, urlencode(fields).encode(), {"Authorization": basic(*pair)})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running(tmp_path_factory.mktemp("ours") / "data") as server:
        user = server.user_add(roles=("compute-user",))
        other = server.user_add("bob@example.org", "hunter3")
        front = server.client_add("front", resources=(API,))
        grants = {"grants": ("client_credentials",), "audiences": (API,)}
        robots = [server.client_add(f"robot-of-{who.email[:3]}", owner=who.id, **grants) for who in (user, other)]

        def token(number: int) -> dict[str, Any]:
            form = {"grant_type": "client_credentials"}
            found: dict[str, Any] = post(f"{server.url}/oauth2/token", form, robots[number].pair)
            return found

        def revoke(text: str) -> object:
            return post(f"{server.url}/oauth2/revoke", {"token": text}, robots[0].pair)

        def trusted(url: str, **ways: Any) -> Issuer:
            return Issuer(url=url, **ways)

        yield Place(server.issuer, trusted, API, front.pair, lambda: token(0), lambda: token(1), revoke)


@pytest.fixture(scope="module")
def theirs(keycloak: Keycloak) -> Iterator[Place]:
    pair = ("robot", "robot-secret-of-the-tests")
    endpoint = f"{keycloak.issuer}/protocol/openid-connect"
    clients: Any = keycloak.admin("GET", "/clients?clientId=robot")
    account: Any = keycloak.admin("GET", f"/clients/{clients[0]['id']}/service-account-user")
    granted: Any = keycloak.admin("GET", "/roles/compute-user")
    place = f"/users/{account['id']}/role-mappings/realm"

    def token(given: bool) -> dict[str, Any]:
        keycloak.admin("POST" if given else "DELETE", place, [granted])
        form = {"grant_type": "client_credentials", "scope": "openid"}
        found: dict[str, Any] = post(f"{endpoint}/token", form, pair)
        return found

    def revoke(text: str) -> object:
        return post(f"{endpoint}/revoke", {"token": text}, pair)

    front = ("front", "front-secret-of-the-tests")
    yield Place(keycloak.issuer, realm, "front", front, lambda: token(True), lambda: token(False), revoke)
    keycloak.admin("DELETE", place, [granted])  # others use this Keycloak, too


@pytest.fixture(params=["ours", "theirs"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_a_required_role_is_found_and_one_that_lacks_is_forbidden(place: Place, way: str) -> None:
    guard = place.guard(way)
    who = guard.verify(place.with_role()["access_token"])
    assert who.client.startswith("robot")
    assert role("compute-user").met(who)
    poor = guard.verify(place.without()["access_token"])
    with pytest.raises(Refusal) as lacking:
        role("compute-user").check(poor)
    assert (lacking.value.status, lacking.value.error) == (403, "insufficient_scope")


@pytest.mark.parametrize("way", WAYS)
def test_a_token_for_another_api_is_refused(place: Place, way: str) -> None:
    place.audience, right = "https://other.example.org", place.audience
    try:
        with pytest.raises(Refusal) as foreign:
            place.guard(way).verify(place.with_role()["access_token"])
    finally:
        place.audience = right
    assert foreign.value.status == 401


@pytest.mark.parametrize("way", ["asking", "both"])
def test_a_revoked_token_is_refused_where_the_issuer_is_asked(place: Place, way: str) -> None:
    token = place.with_role()["access_token"]
    place.revoke(token)
    with pytest.raises(Refusal) as revoked:
        place.guard(way).verify(token)
    assert revoked.value.status == 401


@pytest.mark.parametrize("way", WAYS)
def test_keycloaks_id_token_is_no_access_token(theirs: Place, way: str) -> None:
    with pytest.raises(Refusal) as confused:
        theirs.guard(way).verify(theirs.with_role()["id_token"])
    assert confused.value.status == 401


def test_one_guard_takes_the_tokens_of_both_issuers(ours: Place, theirs: Place) -> None:
    guard = Guard([ours.trusted(ours.url), theirs.trusted(theirs.url)], [ours.audience, theirs.audience])
    found = [guard.verify(place.with_role()["access_token"]).issuer for place in (ours, theirs)]
    assert found == [ours.url, theirs.url]
