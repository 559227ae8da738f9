"""Programs for Keycloak at our facade: our own client as it runs at the real one, and PyPI's python-keycloak."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import lychgate
from lychgate.client.sources.device_code import DeviceCode
from lychgate.issuer import discovery
from lychgate.kernel.errors import LoginDead, Refused
from lychgate.oauth import jose
from lychgate.world.auth import Auth
from support.browser import chromium, picture
from support.desk import Desk, at_desk
from support.node import free_port
from support.peers import needs
from support.person import PersonAtBrowser
from support.realm import BACK, Realm, realm_add
from support.server import Made, Server, running

USER, EMAIL, PASSWORD = "ada", "ada@example.org", "lovelace-1815"
WPS = "https://wps.example.org"
METHODS = ("client_secret_basic", "client_secret_post")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("facade") / "data", toml="grace = 0\n") as started:
        started.user_add(EMAIL, PASSWORD, name=USER, roles=("compute-user",))
        yield started


@pytest.fixture(scope="module")
def compute(server: Server) -> Realm:
    made = realm_add(server, "compute", audiences=[WPS])
    made.program_add("wps")
    return made


@pytest.fixture(scope="module")
def front(compute: Realm) -> Made:
    grants = ("client_credentials", "password", "authorization_code", "refresh_token")
    return compute.client_add("front", resources=(WPS,), grants=grants, redirect_uris=(BACK,), methods=METHODS)


@pytest.fixture(params=["/realms/", "/auth/realms/"])
def realm(request: pytest.FixtureRequest, compute: Realm) -> Realm:
    """The realm at both of its addresses, as ``keycloak_url`` may have it."""
    return compute.at(request.param)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path / "home"))
    discovery.forget()
    with at_desk(monkeypatch) as made:
        yield made


def pkce(realm: Realm, **more: Any) -> Auth:
    """The documents' authenticator, at our facade."""
    options = {"client_id": "wps", "pkce": True, "redirect_port": free_port(), **more}
    return lychgate.keycloak(base_url=realm.base, keycloak_url=realm.base, realm=realm.realm, **options)


def log_in(realm: Realm, url: str) -> None:
    person = PersonAtBrowser(realm.server.url).open(url).log_in(USER, PASSWORD)
    if not person.left_to:
        person.allow()
    assert "You are logged in" in httpx2.get(person.left_to, timeout=20).text
    person.close()


def test_a_person_logs_in_by_pkce_renews_and_logs_out(realm: Realm, desk: Desk, front: Made) -> None:
    auth = pkce(realm)
    coming = desk.start(auth.token)
    log_in(realm, desk.url())
    token = coming.result(30)
    assert token.extra["owner"] == EMAIL
    found = realm.introspect(token.access.reveal(), front)
    assert (found["username"], found["client_id"]) == (USER, "wps")
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    fresh = auth._credential.performer.run(renewal.after(token))
    assert fresh.access != token.access
    assert realm.introspect(fresh.access.reveal(), front)["active"]
    assert auth.logout() is True
    assert realm.introspect(fresh.access.reveal(), front) == {"active": False}


def test_a_real_browser_finds_its_way_below_a_realm(compute: Realm, desk: Desk) -> None:
    compute.program_add("viewer", name="A viewer")
    auth = pkce(compute, client_id="viewer")
    coming = desk.start(auth.token)
    url = desk.url()
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(url)
        page.screenshot(path=picture("realm-login"))
        page.fill("input[name=name]", USER)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("button[value=allow]")
        page.screenshot(path=picture("realm-allow"))
        page.click("button[value=allow]")
        page.wait_for_selector("text=You are logged in")
    assert coming.result(30).extra["owner"] == EMAIL


def test_a_login_that_the_server_ended_is_login_dead_with_the_command(
    realm: Realm, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = pkce(realm)
    coming = desk.start(auth.token)
    log_in(realm, desk.url())
    token = coming.result(30)
    assert token.refresh is not None
    ended = realm.post("/logout", {"client_id": "wps", "refresh_token": token.refresh.reveal()})
    assert ended.status == 204
    monkeypatch.setenv("LYCHGATE_INTERACTION", "never")
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    with pytest.raises(LoginDead, match="Log in again") as caught:
        auth._credential.performer.run(renewal.after(token))
    assert caught.value.command == f"lychgate login {realm.issuer} --client-id wps --scope openid"


def test_a_device_code_is_confirmed_in_the_browser(realm: Realm, desk: Desk, front: Made) -> None:
    auth = lychgate.auth(DeviceCode(issuer=realm.issuer, client_id="wps", scope="openid"), store="memory")
    coming = desk.start(auth.token)
    person = PersonAtBrowser(realm.server.url).open(desk.url())
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).log_in(USER, PASSWORD)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).allow()
    token = coming.result(60)
    assert token.extra["owner"] == EMAIL
    assert realm.introspect(token.access.reveal(), front)["username"] == USER


def test_a_robot_gets_its_token_by_client_credentials(realm: Realm, desk: Desk, front: Made) -> None:
    pair = {"client_id": front.id, "client_secret": front.secret}
    source = lychgate.Keycloak(keycloak_url=realm.base, realm=realm.realm, **pair)
    token = lychgate.auth(source, store="memory").token()
    assert realm.introspect(token.access.reveal(), front)["username"] == "service-account-front"


def test_a_wrong_secret_is_refused(realm: Realm, desk: Desk, front: Made) -> None:
    pair = {"client_id": front.id, "client_secret": "not-the-secret-of-it"}
    source = lychgate.Keycloak(keycloak_url=realm.base, realm=realm.realm, **pair)
    with pytest.raises(Refused, match="client") as caught:
        lychgate.auth(source, store="memory").token()
    assert caught.value.status == 401
    assert "not-the-secret" not in str(caught.value)


def test_a_client_registered_with_an_initial_access_token_gets_tokens(compute: Realm, desk: Desk) -> None:
    body = {"clientId": "of-ada", "serviceAccountsEnabled": True, "standardFlowEnabled": False}
    registered = httpx2.post(
        f"{compute.issuer}/clients-registrations/default",
        json={**body, "authorizationServicesEnabled": False, "consentRequired": False},
        headers={"Authorization": f"bearer {compute.initial_access_token()}"},
    ).json()
    pair = {"client_id": registered["clientId"], "client_secret": registered["secret"]}
    source = lychgate.Keycloak(keycloak_url=compute.base, realm=compute.realm, **pair)
    token = lychgate.auth(source, store="memory").token()
    assert jose.peek(token.access.reveal())[1]["azp"] == "of-ada"


FOREIGN = """
import sys
from keycloak import KeycloakOpenID
url, realm, secret = sys.argv[1:]
front = KeycloakOpenID(server_url=url, realm_name=realm, client_id="front", client_secret_key=secret)
assert front.well_known()["issuer"].endswith("/realms/" + realm)
assert "BEGIN" not in front.public_key() and len(front.public_key()) > 300
for token in (front.token("ada", "lovelace-1815"), front.token(grant_type="client_credentials")):
    told = front.introspect(token["access_token"])
    assert told["active"] and told["client_id"] == "front", told
    claims = front.decode_token(token["access_token"])
    assert claims["azp"] == "front" and claims["typ"] == "Bearer", claims
token = front.token("ada", "lovelace-1815")
assert front.userinfo(token["access_token"])["preferred_username"] == "ada"
assert front.decode_token(token["access_token"])["realm_access"]["roles"] == ["compute-user"]
fresh = front.refresh_token(token["refresh_token"])
assert fresh["session_state"] == token["session_state"]
front.logout(fresh["refresh_token"])
assert not front.introspect(fresh["access_token"])["active"]
print("done")
"""


def test_python_keycloak_works_unchanged(realm: Realm, front: Made) -> None:
    needs(module="keycloak", reason="python-keycloak is not installed")
    words = [sys.executable, "-c", FOREIGN, f"{realm.base}/", realm.realm, front.secret]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "done\n"
