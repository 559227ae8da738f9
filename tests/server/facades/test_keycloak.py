"""The Keycloak facade over real sockets: what its clients read of documents, replies, tokens and introspection."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lychgate.issuer.registration import ENDPOINT
from lychgate.oauth import jose
from support.person import PersonAtBrowser
from support.realm import BACK, PROTOCOL, Realm, realm_add
from support.server import Made, Server, poll, running

NAME, EMAIL, PASSWORD = "ada", "ada@example.org", "lovelace-1815"
WPS = "https://wps.example.org"
PLACES = ("/realms/", "/auth/realms/")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("facade") / "data", toml="grace = 1\n") as started:
        started.user_add(EMAIL, PASSWORD, name=NAME, roles=("compute-user", "wps:submit"))
        yield started


@pytest.fixture(scope="module")
def realm(server: Server) -> Realm:
    return realm_add(server, "compute", audiences=[WPS], default_roles=["everybody"])


@pytest.fixture(scope="module")
def robot(realm: Realm) -> Made:
    return realm.client_add("robot", methods=("client_secret_basic", "client_secret_post"))


@pytest.fixture(scope="module")
def front(realm: Realm) -> Made:
    return realm.client_add("front", resources=(WPS,))


@pytest.fixture(scope="module")
def wps(realm: Realm) -> Made:
    return realm.program_add("wps")


def verified(realm: Realm, token: str) -> dict[str, Any]:
    keys = [jose.import_key(key) for key in realm.get(f"{PROTOCOL}/certs").json()["keys"]]
    return jose.verify(token, keys, ["RS256"])[1]


@pytest.mark.parametrize("place", PLACES)
def test_the_document_names_keycloaks_addresses_and_the_issuer_that_was_asked(realm: Realm, place: str) -> None:
    here = realm.at(place)
    document = here.get("/.well-known/openid-configuration").json()
    assert document["issuer"] == here.issuer
    stem = here.issuer + PROTOCOL
    assert {
        name: value.removeprefix(stem) for name, value in document.items() if name.endswith(("_endpoint", "uri"))
    } == {
        "authorization_endpoint": "/auth",
        "token_endpoint": "/token",
        "introspection_endpoint": "/token/introspect",
        "userinfo_endpoint": "/userinfo",
        "jwks_uri": "/certs",
        "end_session_endpoint": "/logout",
        "revocation_endpoint": "/revoke",
        "device_authorization_endpoint": "/auth/device",
        "pushed_authorization_request_endpoint": "/ext/par/request",
        "registration_endpoint": f"{here.issuer}/clients-registrations/openid-connect",
    }
    for path in (
        f"/.well-known/oauth-authorization-server{here.path}",
        f"/.well-known/openid-configuration{here.path}",
    ):
        assert realm.server.get(path).json() == document


def test_what_the_document_names_answers_and_our_own_names_do_not(realm: Realm) -> None:
    document = realm.get("/.well-known/openid-configuration").json()
    for name, url in document.items():
        if name.endswith(("_endpoint", "_uri")):
            assert realm.server.get(url.removeprefix(realm.server.url)).status != 404, name
    for path in ("/oauth2/token", "/oauth2/introspect", "/jwks", "/userinfo"):
        assert realm.get(path).status == 404


def test_the_realms_own_document_holds_its_rsa_key(realm: Realm, robot: Made) -> None:
    found = realm.get("").json()
    assert found["realm"] == "compute"
    assert found["token-service"] == realm.issuer + PROTOCOL
    key = load_der_public_key(base64.b64decode(found["public_key"]))
    known = jose.import_key(realm.get(f"{PROTOCOL}/certs").json()["keys"][-1])
    assert key.public_numbers() == known.get_op_key("verify").public_numbers()  # type: ignore[union-attr]  # RSA


def test_a_robots_token_and_reply_are_keycloaks(realm: Realm, robot: Made) -> None:
    reply = realm.token(robot)
    assert {"token_type": "Bearer", "refresh_expires_in": 0, "not-before-policy": 0}.items() <= reply.items()
    assert reply["scope"] == "profile email"
    assert reply["expires_in"] == 900
    assert "refresh_token" not in reply
    header, _ = jose.peek(reply["access_token"])
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    claims = verified(realm, reply["access_token"])
    assert claims["iss"] == realm.issuer
    assert claims["typ"] == "Bearer"
    assert claims["azp"] == claims["client_id"] == "robot"
    assert claims["preferred_username"] == "service-account-robot"
    assert claims["realm_access"] == {"roles": ["everybody"]}
    assert WPS in claims["aud"]


def test_a_robot_may_send_its_secret_in_the_body(realm: Realm, robot: Made) -> None:
    pair = {"client_id": robot.id, "client_secret": robot.secret}
    assert realm.post("/token", {"grant_type": "client_credentials", **pair}).status == 200


def test_a_persons_token_and_reply_are_keycloaks(realm: Realm, wps: Made) -> None:
    reply = realm.log_in("wps", NAME, PASSWORD, scope="openid")
    assert 0 < reply["refresh_expires_in"] <= 30 * 86400
    claims = verified(realm, reply["access_token"])
    assert claims["preferred_username"] == claims["name"] == NAME
    assert claims["email"] == EMAIL
    assert claims["email_verified"] is False
    assert claims["sid"] == reply["session_state"]
    assert claims["realm_access"] == {"roles": ["compute-user", "everybody"]}
    assert claims["resource_access"] == {"wps": {"roles": ["submit"]}}
    assert set(reply["scope"].split()) == {"openid", "profile", "email"}
    identity = verified(realm, reply["id_token"])
    assert identity["iss"] == realm.issuer
    assert identity["aud"] in ("wps", ["wps"])
    said = {"typ": "ID", "azp": "wps", "preferred_username": NAME, "name": NAME, "email": EMAIL}
    assert {name: identity.get(name) for name in said} == said
    assert realm.get(f"{PROTOCOL}/userinfo", bearer=reply["id_token"]).status == 401
    told = realm.get(f"{PROTOCOL}/userinfo", bearer=reply["access_token"]).json()
    assert (told["preferred_username"], told["sub"]) == (NAME, claims["sub"])


def test_a_login_is_refreshed_with_the_same_session_and_ended_by_the_refresh_token(realm: Realm, wps: Made) -> None:
    first = realm.log_in("wps", NAME, PASSWORD)
    again = {"grant_type": "refresh_token", "client_id": "wps", "refresh_token": first["refresh_token"]}
    second = realm.post("/token", again).json()
    assert second["session_state"] == first["session_state"]
    assert second["refresh_token"] != first["refresh_token"]
    ended = realm.post("/logout", {"client_id": "wps", "refresh_token": second["refresh_token"]})
    assert (ended.status, ended.body) == (204, b"")
    assert realm.post("/token", again | {"refresh_token": second["refresh_token"]}).error == "invalid_grant"
    assert realm.get(f"{PROTOCOL}/userinfo", bearer=second["access_token"]).status == 401


def test_introspection_tells_everything_and_the_name(realm: Realm, wps: Made, robot: Made, front: Made) -> None:
    person = realm.introspect(realm.log_in("wps", NAME, PASSWORD)["access_token"], front)
    assert (person["active"], person["username"], person["client_id"]) == (True, NAME, "wps")
    assert person["realm_access"] == {"roles": ["compute-user", "everybody"]}
    machine = realm.introspect(realm.token(robot)["access_token"], front)
    assert (machine["username"], machine["client_id"]) == ("service-account-robot", "robot")
    assert machine["typ"] == machine["token_type"] == "Bearer"


def test_a_client_may_have_its_tokens_signed_otherwise(realm: Realm) -> None:
    modern = realm.client_add("modern", alg="ES256")
    token = realm.token(modern)["access_token"]
    assert jose.peek(token)[0]["alg"] == "ES256"
    assert realm.introspect(token, modern)["active"]


@pytest.mark.parametrize("place", PLACES)
def test_a_person_logs_in_by_a_devices_code(realm: Realm, wps: Made, place: str) -> None:
    here = realm.at(place)
    asked = here.post("/auth/device", {"client_id": "wps", "scope": "openid"}).json()
    assert asked["verification_uri"] == f"{here.issuer}/device"
    person = PersonAtBrowser(here.server.url).open(asked["verification_uri_complete"])
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).log_in(NAME, PASSWORD)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).allow()
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    fields = {"grant_type": grant, "client_id": "wps", "device_code": asked["device_code"]}
    reply = here.post("/token", fields)
    assert reply.status == 200, reply.body
    assert jose.peek(reply.json()["access_token"])[1]["iss"] == here.issuer


def test_pages_stay_below_the_realm_and_one_login_serves_all_realms(server: Server, realm: Realm, wps: Made) -> None:
    other = realm_add(server, "second")
    other.program_add("wps")
    person = PersonAtBrowser(server.url).open(realm.asking("wps")[0])
    assert person.form(names={"password"}).action.startswith(f"{realm.path}/")
    assert f'href="{realm.path}/static/' in person.page.text
    person.log_in(NAME, PASSWORD)
    person.open(other.asking("wps")[0])
    assert person.form(names={"answer"}).action.startswith(f"{other.path}/")  # consent at once: no second login
    person.allow()
    assert person.params["iss"] == other.issuer
    person.open(f"{other.issuer}{PROTOCOL}/logout")
    person.send({}, action="/logout")
    assert "name" in person.open(realm.asking("wps")[0]).form(names={"password"}).fields  # logged out everywhere


def test_an_unknown_realm_is_not_found(server: Server, realm: Realm) -> None:
    for path in (
        "/realms/nope",
        "/realms/nope/protocol/openid-connect/certs",
        "/realms/Compute",
        "/realms/",
        "/realms",
    ):
        assert server.get(path).status == 404
    assert realm.get("/protocol/openid-connect/nope").status == 404
    assert realm.get("/protocol/openid-connect/token").status == 405


def test_a_realm_is_made_at_the_command_line_while_the_server_runs(server: Server) -> None:
    def operate(*words: str) -> str:
        command = [sys.executable, "-m", "lychgate", *words, "--data", str(server.data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert server.get("/realms/live").status == 404
    assert f"{server.issuer}/realms/live" in operate("realm", "add", "live")
    poll(lambda: server.get("/realms/live").status == 200, 2)
    assert "live" in operate("realm", "list")
    assert "RS256" in operate("keys", "list", "--realm", "live")
    kid = server.get(f"/realms/live{PROTOCOL}/certs").json()["keys"][0]["kid"]
    operate("keys", "rotate", "--realm", "live", "--at-once")
    keys = poll(lambda: [*server.get(f"/realms/live{PROTOCOL}/certs").json()["keys"]][1:], 5)
    assert kid not in {key["kid"] for key in server.get("/jwks").json()["keys"]}
    assert keys


def test_a_realm_follows_its_server_to_another_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("moved") / "data"
    with running(data) as first:
        realm_add(first, "compute")
    with running(data) as second:
        assert second.issuer != first.issuer
        document = second.get("/realms/compute/.well-known/openid-configuration").json()
        assert document["issuer"] == f"{second.issuer}/realms/compute"


def test_the_openid_way_of_registration_is_ours_at_keycloaks_address(server: Server, realm: Realm) -> None:
    document = realm.get("/.well-known/openid-configuration").json()
    path = document[ENDPOINT].removeprefix(server.url)
    json = {"Content-Type": "application/json"}
    made = server.call("POST", path, body=b'{"redirect_uris":["%s"]}' % BACK.encode(), headers=json)
    assert made.status == 201, made.body
    uri = made.json()["registration_client_uri"]
    assert uri == f"{document[ENDPOINT]}/{made.json()['client_id']}"
    kept = server.call("GET", uri.removeprefix(server.url), bearer=made.json()["registration_access_token"])
    assert kept.json()["redirect_uris"] == [BACK]
    assert kept.json()["registration_client_uri"] == uri
    assert server.call("GET", uri.removeprefix(server.url)).status == 401
    gone = server.call("DELETE", uri.removeprefix(server.url), bearer=made.json()["registration_access_token"])
    assert gone.status == 204


def test_an_administrator_sees_a_realms_own_clients_below_it(server: Server, realm: Realm, robot: Made) -> None:
    server.user_add("root@example.org", PASSWORD, superuser=True)
    person = PersonAtBrowser(server.url).open(f"{realm.issuer}/login").log_in("root@example.org", PASSWORD)
    page = person.open(f"{realm.issuer}/admin/clients/robot").page
    assert page.status_code == 200
    assert f"{realm.issuer}{PROTOCOL}/token" in page.text
    assert "/oauth2/token" not in page.text
    person.open(f"{realm.issuer}/admin/clients/wps?user={NAME}")
    assert "realm_access" in person.page.text
    assert person.open(f"{server.issuer}/admin/clients/robot").page.status_code == 404
    anybody = PersonAtBrowser(server.url).open(f"{realm.issuer}/login").log_in(NAME, PASSWORD)
    assert "robot" not in anybody.open(f"{realm.issuer}/admin/clients").page.text
