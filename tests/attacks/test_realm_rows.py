"""The rows of bad input that realms meet: what belongs to one issuer of the server is worth nothing at another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from lychgate.oauth import client_auth, jose, pkce
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import MAIN
from support.abroad import Abroad
from support.person import PersonAtBrowser
from support.realm import BACK, PROTOCOL, Realm, realm_add
from support.server import Made, Reply, Server, running
from support.swap import ACCESS_TOKEN, EXCHANGE, ID_TOKEN, swap

NAME, EMAIL, PASSWORD = "ada", "ada@example.org", "lovelace-1815"
WPS = "https://wps.example.org"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ROBOT = {"serviceAccountsEnabled": True, "standardFlowEnabled": False}
SCRIPTS = ("JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("realms") / "data", toml='registration = "token"\n') as started:
        started.user_add(EMAIL, PASSWORD, name=NAME)
        yield started


@pytest.fixture(scope="module")
def home(server: Server) -> Realm:
    """The realm in which things are made."""
    return furnished(server, "home")


@pytest.fixture(scope="module")
def abroad(server: Server) -> Realm:
    """Another realm, with clients of the same names."""
    return furnished(server, "abroad")


def furnished(server: Server, name: str) -> Realm:
    made = realm_add(server, name, audiences=[WPS])
    made.program_add("wps")
    made.program_add("other")
    return made


@pytest.fixture(scope="module")
def robot(home: Realm) -> Made:
    return home.client_add("robot", scopes=("read",))


@pytest.fixture(scope="module")
def robot_abroad(abroad: Realm) -> Made:
    return abroad.client_add("robot", resources=(WPS,))


@pytest.fixture(scope="module")
def login(home: Realm) -> dict[str, Any]:
    return home.log_in("wps", NAME, PASSWORD, scope="openid")


def register(realm: Realm, body: dict[str, Any], token: str | None, kind: str = "default") -> Reply:
    path = f"{realm.path}/clients-registrations/{kind}"
    kept = {"Content-Type": "application/json"}
    return realm.server.call("POST", path, body=json.dumps(body).encode(), headers=kept, bearer=token)


def managed(realm: Realm, id: str, token: str, method: str = "GET", kind: str = "default") -> Reply:
    return realm.server.call(method, f"{realm.path}/clients-registrations/{kind}/{id}", bearer=token)


# --- rows 1, 2, 4, 5: redirects


@pytest.mark.parametrize(
    "asked",
    [
        BACK + "/../x", BACK + ";x=1", BACK + "?x=1", BACK + "#", "http://u@127.0.0.1:8888/back", "http://127.0.0.1:8888/BACK",
        "http://127.0.0.1.:8888/back", "https://127.0.0.1:8888/back", "http://127.0.0.1.evil.example/back",
        "http://localhost.evil.example/back", "http://[::ffff:127.0.0.1]/back", "http://127.0.0.1:8888/%2e%2e/back",
        "http://127.0.0.1:*", "http://127.0.0.1:8888/back/*",
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", [{}, {"prompt": "none"}, {"scope": "nonsense"}, {"response_type": "token"}])
def test_1_2_4_no_redirect_to_what_is_not_registered(home: Realm, asked: str, more: dict[str, str]) -> None:
    answer = httpx2.get(home.asking("wps", redirect_uri=asked, **more)[0], follow_redirects=False)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_2_another_port_of_this_machine_is_the_only_difference_that_may_be(home: Realm) -> None:
    answer = httpx2.get(home.asking("wps", redirect_uri="http://127.0.0.1:40123")[0], follow_redirects=False)
    assert answer.status_code == 200


def test_5_a_parameter_that_stands_twice(home: Realm) -> None:
    url = home.asking("wps")[0]
    assert httpx2.get(f"{url}&client_id=wps", follow_redirects=False).status_code == 400
    body = b"grant_type=client_credentials&grant_type=client_credentials"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = home.server.call("POST", f"{home.path}{PROTOCOL}/token", body=body, headers=form)
    assert (answer.status, answer.error) == (400, "invalid_request")


# --- row 3: script URIs at registration


@pytest.mark.parametrize("uri", SCRIPTS)
def test_3_a_script_is_no_address(home: Realm, uri: str) -> None:
    token = home.initial_access_token()
    answer = register(home, {"redirectUris": [uri]}, token)
    assert (answer.status, answer.error) == (400, "invalid_redirect_uri")
    answer = register(home, {"redirectUris": [BACK], "baseUrl": uri}, token)
    assert (answer.status, answer.error) == (400, "invalid_client_metadata")


# --- rows 6, 7, 8: codes


def test_7_a_code_is_worth_nothing_in_another_realm_and_still_good_at_home(
    server: Server, home: Realm, abroad: Realm
) -> None:
    params, verifier = home.code("wps", NAME, PASSWORD)
    assert abroad.redeem("wps", params["code"], verifier).error == "invalid_grant"
    assert home.redeem("other", params["code"], verifier).error == "invalid_grant"
    assert home.redeem("wps", params["code"], verifier, redirect_uri="http://127.0.0.1").error == "invalid_grant"
    assert home.redeem("wps", params["code"], pkce.new_verifier()).error == "invalid_grant"
    reply = home.redeem("wps", params["code"], verifier)
    assert reply.status == 200
    assert home.redeem("wps", params["code"], verifier).error == "invalid_grant"
    token = reply.json()["access_token"]
    assert home.get(f"{PROTOCOL}/userinfo", bearer=token).status == 401  # row 6: what the code gave has ended


def test_7_a_request_that_was_pushed_in_another_realm_is_not_known(home: Realm, abroad: Realm) -> None:
    fields = {"response_type": "code", "client_id": "wps", "redirect_uri": BACK, "code_challenge_method": "S256"}
    made = home.post("/ext/par/request", fields | {"code_challenge": pkce.challenge(pkce.new_verifier())})
    assert made.status == 201, made.body
    asked = {"client_id": "wps", "request_uri": made.json()["request_uri"]}
    for realm, status in ((abroad, 400), (home, 200)):
        url = f"{realm.issuer}{PROTOCOL}/auth"
        assert httpx2.get(url, params=asked, follow_redirects=False).status_code == status


# --- rows 9, 10: refresh tokens


def test_10_a_refresh_token_is_worth_nothing_in_another_realm_or_to_another_client(
    home: Realm, abroad: Realm, login: dict[str, Any]
) -> None:
    fields = {"grant_type": "refresh_token", "client_id": "wps", "refresh_token": login["refresh_token"]}
    assert abroad.post("/token", fields).error == "invalid_grant"
    assert home.post("/token", fields | {"client_id": "other"}).error == "invalid_grant"
    assert home.post("/token", fields | {"scope": "openid admin"}).error == "invalid_scope"
    gone = abroad.post("/logout", {"client_id": "wps", "refresh_token": login["refresh_token"]})
    assert gone.error == "invalid_grant"
    assert home.post("/token", fields).status == 200


# --- row 12: devices


def test_12_a_devices_codes_are_worth_nothing_in_another_realm(home: Realm, abroad: Realm) -> None:
    made = home.post("/auth/device", {"client_id": "wps"}).json()
    fields = {"grant_type": DEVICE, "client_id": "wps", "device_code": made["device_code"]}
    assert abroad.post("/token", fields).error == "invalid_grant"
    person = PersonAtBrowser(abroad.server.url).open(f"{abroad.issuer}/device")
    person.send({"user_code": made["user_code"]}).log_in(NAME, PASSWORD)
    person.send({"user_code": made["user_code"]})
    assert person.form(names={"user_code"}).fields.keys() >= {"user_code"}  # asked for again: it is not known there
    assert home.post("/token", fields).error == "authorization_pending"


# --- rows 13, 14: introspection and revocation


def test_13_introspection_tells_nothing_of_another_realms_tokens(
    home: Realm, abroad: Realm, robot: Made, robot_abroad: Made, login: dict[str, Any]
) -> None:
    for token in (home.token(robot)["access_token"], login["access_token"], login["refresh_token"], login["id_token"]):
        assert abroad.introspect(token, robot_abroad) == {"active": False}
        assert home.server.post("/oauth2/introspect", {"token": token}, basic=robot.pair).status == 401
    assert home.post("/token/introspect", {"token": login["access_token"], "client_id": "wps"}).status == 401
    assert home.introspect(login["id_token"], robot) == {"active": False}
    assert home.introspect(login["access_token"], robot) == {"active": False}  # it is not for this robot


def test_13_a_client_is_known_in_its_own_realm_alone(home: Realm, abroad: Realm, robot: Made) -> None:
    for path in ("/token", "/token/introspect", "/revoke"):
        answer = abroad.post(path, {"grant_type": "client_credentials", "token": "x"}, basic=robot.pair)
        assert (answer.status, answer.error) == (401, "invalid_client")
    assert home.server.post("/oauth2/token", {"grant_type": "client_credentials"}, basic=robot.pair).status == 401


def test_14_revoking_another_realms_token_leaves_it_alive(
    home: Realm, abroad: Realm, robot: Made, robot_abroad: Made
) -> None:
    token = home.token(robot)["access_token"]
    assert abroad.post("/revoke", {"token": token}, basic=robot_abroad.pair).status == 200
    assert home.introspect(token, robot)["active"]
    assert home.post("/revoke", {"token": token}, basic=robot.pair).status == 200
    assert home.introspect(token, robot) == {"active": False}


# --- rows 16, 19, 20: tokens at our own endpoints


def test_19_20_only_the_realms_own_access_tokens_are_accepted(
    server: Server, home: Realm, abroad: Realm, login: dict[str, Any]
) -> None:
    main = server.client_add("main", methods=("client_secret_basic",), owner=None)
    strangers = [login["id_token"], login["refresh_token"], server.token(main), "x.y.z"]
    strangers.append(abroad.log_in("wps", NAME, PASSWORD)["access_token"])
    strangers.append(home.at("/auth/realms/").log_in("wps", NAME, PASSWORD)["access_token"])
    for token in strangers:
        answer = home.get(f"{PROTOCOL}/userinfo", bearer=token)
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    fresh = home.log_in("wps", NAME, PASSWORD)["access_token"]
    assert home.get(f"{PROTOCOL}/userinfo", bearer=fresh).status == 200
    for path in ("/userinfo", "/api/v1/users/me"):  # the main issuer does not take a realm's
        assert server.get(path, bearer=fresh).status == 401


def test_16_a_token_without_a_signature_of_the_realm(home: Realm, robot: Made) -> None:
    header, claims = jose.peek(home.token(robot)["access_token"])
    stolen = jose.generate("RS256")
    for head in (header, header | {"typ": "at+jwt"}):
        forged = jose.sign(head, claims, stolen)
        assert home.introspect(forged, robot) == {"active": False}
        assert home.introspect(forged.rpartition(".")[0] + ".", robot) == {"active": False}


def test_22_an_assertion_for_another_realm_is_no_proof(home: Realm, abroad: Realm) -> None:
    key = jose.generate("ES256")
    public = json.dumps({"keys": [key.as_dict(private=False)]})
    for realm in (home, abroad):
        realm.client_add("prover", methods=("private_key_jwt",), jwks=public)
    kind = {"client_assertion_type": client_auth.ASSERTION_TYPE, "grant_type": "client_credentials"}
    for audience, status in (
        (abroad.issuer, 401),
        (f"{abroad.issuer}{PROTOCOL}/token", 401),
        (home.server.issuer, 401),
        (f"{home.issuer}{PROTOCOL}/token", 200),
        (home.issuer, 200),
    ):
        made = client_auth.assertion("prover", key, "ES256", audience, time.time())
        assert home.post("/token", kind | {"client_assertion": made}).status == status, audience


# --- row 28: registration


def test_28_only_an_initial_token_of_this_realm_lets_a_program_choose_its_id(home: Realm, abroad: Realm) -> None:
    chosen = {"clientId": "chosen", **ROBOT}
    made = register(home, chosen, home.initial_access_token())
    assert made.status == 201, made.body
    for token in (None, "nonsense", abroad.initial_access_token(), made.json()["registrationAccessToken"]):
        answer = register(home, chosen | {"clientId": "another"}, token)
        assert (answer.status, answer.error) == (401, "invalid_token")
    taken = register(home, chosen, home.initial_access_token())
    assert (taken.status, taken.error) == (400, "invalid_client_metadata")


def test_28_the_token_that_manages_a_client_registers_no_other_one(server: Server, home: Realm) -> None:
    made = register(home, {"redirectUris": [BACK]}, home.initial_access_token()).json()
    for kind in ("default", "openid-connect"):
        body = {"redirect_uris": [BACK], "grant_types": ["client_credentials"]} if kind != "default" else dict(ROBOT)
        assert register(home, body, made["registrationAccessToken"], kind).status == 401


def test_28_nor_does_it_at_the_main_issuer(server: Server) -> None:
    def send(token: str, **more: Any) -> Reply:
        body = json.dumps({"redirect_uris": [BACK], **more}).encode()
        kept = {"Content-Type": "application/json"}
        return server.call("POST", "/oauth2/register", body=body, headers=kept, bearer=token)

    main = Realm(server, MAIN, "")
    made = send(main.initial_access_token())
    assert made.status == 201, made.body
    assert send(made.json()["registration_access_token"], grant_types=["client_credentials"]).status == 401


def test_28_a_registration_is_its_own_clients_alone(home: Realm, abroad: Realm, robot: Made) -> None:
    made = register(home, {"clientId": "mine", **ROBOT}, home.initial_access_token()).json()
    key = made["registrationAccessToken"]
    abroads = register(abroad, {"clientId": "mine", **ROBOT}, abroad.initial_access_token())
    assert abroads.status == 201
    for kind in ("default", "openid-connect"):
        for realm, id in ((home, "robot"), (abroad, "mine"), (home, "nobody"), (home, "..")):
            for method in ("GET", "DELETE"):
                assert managed(realm, id, key, method, kind).status in (401, 404)
        assert managed(home, "mine", key, kind=kind).status == 200
    assert managed(home, "mine", home.initial_access_token()).status == 401


@pytest.mark.parametrize(
    "more",
    [
        {"directAccessGrantsEnabled": True}, {"implicitFlowEnabled": True}, {"authorizationServicesEnabled": True},
        {"protocolMappers": [{"name": "admin"}]}, {"roles": ["admin"]}, {"realm_access": {}}, {"protocol": "saml"},
        {"publicClient": "yes"}, {"clientAuthenticatorType": "none"}, {"clientId": "a b"}, {"clientId": ""},
        {"clientId": 7}, {"enabled": False}, {"attributes": []}, {"redirectUris": "x"}, {"bearerOnly": True},
        {"publicClient": True}, {"name": "\u202eevil"},
    ],
)  # fmt: skip
def test_28_what_is_more_than_can_be_had_is_refused(home: Realm, more: dict[str, Any]) -> None:
    answer = register(home, {**ROBOT, **more}, home.initial_access_token())
    assert (answer.status, answer.error) == (400, "invalid_client_metadata"), answer.body


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b"{", b'"x"', b"[" * 30_000])
def test_28_what_is_no_description_of_a_client_is_refused(home: Realm, body: bytes) -> None:
    path = f"{home.path}/clients-registrations/default"
    kept = {"Content-Type": "application/json"}
    answer = home.server.call("POST", path, body=body, headers=kept, bearer=home.initial_access_token())
    assert answer.status == 400


def test_28_an_update_gains_nothing(home: Realm) -> None:
    made = register(home, {"redirectUris": [BACK], "clientId": "modest"}, home.initial_access_token()).json()
    path, key = f"{home.path}/clients-registrations/default/modest", made["registrationAccessToken"]
    kept = {"Content-Type": "application/json"}

    def put(body: dict[str, Any]) -> Reply:
        return home.server.call("PUT", path, body=json.dumps(body).encode(), headers=kept, bearer=key)

    assert put({"clientId": "robot", "redirectUris": [BACK]}).status == 400
    assert put({"clientId": "modest", "redirectUris": [BACK], "serviceAccountsEnabled": True}).status == 400
    assert put({"clientId": "modest", "redirectUris": ["https://a.example/b"]}).status == 200
    assert managed(home, "modest", key).json()["redirectUris"] == ["https://a.example/b"]
    assert "secret" not in managed(home, "modest", key).json()  # shown once


# --- rows 34, 35, 36, 39, 45


def test_34_a_foreign_host_reaches_no_document(home: Realm) -> None:
    path = f"{home.path}/.well-known/openid-configuration"
    assert home.server.call("GET", path, headers={"Host": "evil.example"}).status == 400


@pytest.mark.parametrize("name", ["<script>", "a\r\nb", "../home", "home/..", "%2e%2e", "a" * 200, "", "ho me", "-x"])
def test_35_a_realm_has_a_plain_name(server: Server, name: str) -> None:
    with pytest.raises(OAuthError):
        realm_add(server, name)


def test_36_the_keys_of_realms_are_their_own_and_public(server: Server, home: Realm, abroad: Realm) -> None:
    sets = [realm.get(f"{PROTOCOL}/certs").json()["keys"] for realm in (home, abroad)]
    sets.append(server.get("/jwks").json()["keys"])
    kids = [key["kid"] for keys in sets for key in keys]
    assert len(kids) == len(set(kids))
    for key in (key for keys in sets for key in keys):
        assert key.keys().isdisjoint({"d", "p", "q", "dp", "dq", "qi", "k"})


def test_39_both_answers_name_the_realm_that_gives_them(home: Realm, abroad: Realm) -> None:
    for realm in (home, home.at("/auth/realms/"), abroad):
        assert realm.code("wps", NAME, PASSWORD)[0]["iss"] == realm.issuer
        refused = httpx2.get(realm.asking("wps", prompt="none")[0], follow_redirects=False)
        assert httpx2.URL(refused.headers["location"]).params["iss"] == realm.issuer
        assert "login_required" in refused.headers["location"]


def test_a_person_cannot_be_named_as_a_service_account(server: Server) -> None:
    for name in ("service-account-robot", "Service-Account-robot", "ＳERVICE-account-x"):
        with pytest.raises(OAuthError):
            server.user_add("eve@example.org", PASSWORD, name=name)


def test_45_a_subject_of_another_realm(server: Server, home: Realm, abroad: Realm) -> None:
    grants = ("client_credentials", EXCHANGE)
    gate = home.client_add("gate", grants=grants, resources=(WPS,), audiences=("https://next.example.org",))
    foreign = abroad.log_in("wps", NAME, PASSWORD, scope="openid")
    mine = home.token(gate)["access_token"]

    def exchanged(token: str, actor: str | None = None, kind: str = ACCESS_TOKEN) -> Reply:
        return swap(server, gate, token, actor, f"{home.path}{PROTOCOL}/token", subject_token_type=kind)

    def refused() -> bool:
        access, id_token = foreign["access_token"], foreign["id_token"]
        answers = [exchanged(access), exchanged(id_token, kind=ID_TOKEN), exchanged(mine, access)]
        return {(answer.status, answer.error) for answer in answers} == {(400, "invalid_request")}

    assert refused()
    Abroad(abroad.issuer).trusted_by(server, jwks=None)  # the main issuer's trust is not the realm's
    assert refused()
    Abroad(abroad.issuer).trusted_by(server, "home", jwks=None, audiences=(WPS,))
    made = exchanged(foreign["access_token"])
    assert made.status == 200
    claims = jose.peek(made.json()["access_token"])[1]
    assert (claims["iss"], claims["preferred_username"], claims["azp"]) == (home.issuer, NAME, "gate")
    assert exchanged(home.log_in("wps", NAME, PASSWORD)["access_token"]).status == 200
    robot = abroad.token(abroad.client_add(NAME, audiences=(WPS,)))["access_token"]  # a client by a person's name
    assert exchanged(robot).error == "invalid_request"
    abroad.post("/revoke", {"token": foreign["access_token"], "client_id": "wps"})
    assert exchanged(foreign["access_token"]).error == "invalid_request"
