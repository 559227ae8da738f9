"""Logout below a realm, under Keycloak's name for it: at each of a realm's two addresses as an issuer of that name."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urljoin

import httpx2
import pytest

from lychgate.oauth import jose, logout_token
from lychgate.server.secrets import new_id
from support.person import PersonAtBrowser
from support.realm import PROTOCOL, Realm, realm_add
from support.receiver import Receiver
from support.relying import PASSWORD
from support.server import Server

AFTER = "https://rp.example.org/after"


@pytest.fixture(scope="module")
def realm(op: Server) -> Realm:
    return realm_add(op, "compute")


def logged_in(here: Realm, client: str) -> tuple[PersonAtBrowser, dict[str, Any]]:
    url, verifier = here.asking(client, scope="openid")
    person = PersonAtBrowser(here.server.url).open(url).log_in("ada", PASSWORD)
    if not person.left_to:
        person.allow()
    reply = here.redeem(client, person.params["code"], verifier)
    assert reply.status == 200, reply.body
    return person, reply.json()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("place", ["/realms/", "/auth/realms/"])
def test_a_program_for_keycloak_logs_its_person_out_and_hears_of_it(
    realm: Realm, receiver: Receiver, place: str, method: str
) -> None:
    here, id, path = realm.at(place), new_id(), f"/{new_id()}"
    told = {"backchannel_logout_uri": receiver.url + path, "post_logout_redirect_uris": [AFTER]}
    realm.program_add(id, extra=told)
    person, tokens = logged_in(here, id)
    url = here.get("/.well-known/openid-configuration").json()["end_session_endpoint"]
    assert url == f"{here.issuer}{PROTOCOL}/logout"
    fields = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER, "state": "s"}
    if method == "GET":
        person.open(f"{url}?{urlencode(fields)}")
    else:
        person.open(urljoin(url, httpx2.post(url, data=fields).headers["location"]))
    assert person.left_to == f"{AFTER}?state=s"
    refresh = {"grant_type": "refresh_token", "client_id": id, "refresh_token": tokens["refresh_token"]}
    assert here.post("/token", refresh).error == "invalid_grant"
    keys = jose.import_keys(here.get(f"{PROTOCOL}/certs").json())
    header, claims = jose.verify(receiver.tokens(path)[0], keys, ["RS256"])
    assert header["typ"] == logout_token.TYP
    assert (claims["iss"], claims["aud"]) == (here.issuer, id)
    assert claims["sid"] == jose.peek(tokens["id_token"])[1]["sid"]


def test_a_logout_token_of_a_realm_is_no_access_token_there(realm: Realm, receiver: Receiver) -> None:
    """Row 19, where an access token's header says no more than JWT."""
    id, path = new_id(), f"/{new_id()}"
    realm.program_add(id, extra={"backchannel_logout_uri": receiver.url + path})
    person, tokens = logged_in(realm, id)
    person.open(f"{realm.issuer}/logout?{urlencode({'id_token_hint': tokens['id_token']})}")
    token = receiver.tokens(path)[0]
    assert realm.get(f"{PROTOCOL}/userinfo", bearer=token).status == 401
    assert not realm.introspect(token, realm.client_add(new_id()))["active"]
