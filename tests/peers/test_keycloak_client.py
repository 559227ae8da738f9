"""Our client at a real Keycloak, with a real browser that fills Keycloak's own pages."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

import lychgate
from lychgate.client.sources.device_code import DeviceCode
from lychgate.issuer import discovery, jwks
from lychgate.issuer.jwks import IssuerKeys
from lychgate.kernel.errors import LoginDead, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import query_of
from lychgate.oauth import client_auth, introspection, jose
from lychgate.world.auth import Auth
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.stores.memory import MemoryStore
from support.browser import chromium, picture
from support.desk import Desk, at_desk
from support.keycloak import Keycloak, running
from support.terminal import at_terminal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

USER, PASSWORD = "ada", "lovelace-1815"
LYCHGATE = (sys.executable, "-m", "lychgate")
FRONT = ("front", "front-secret-of-the-tests")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser in which nobody is logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    discovery.forget()
    with at_desk(monkeypatch) as made:
        yield made


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pkce(server: Keycloak, **more: Any) -> Auth:
    """The documents' authenticator, at this Keycloak."""
    options = {"client_id": "wps", "pkce": True, "redirect_port": free_port(), **more}
    return lychgate.keycloak(base_url=server.base, keycloak_url=server.base, realm=server.realm, **options)


def log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("#username", USER)
    page.fill("#password", PASSWORD)
    page.click("#kc-login")


def introspected(server: Keycloak, token: str) -> dict[str, Any]:
    """What the realm says of a token to a confidential client."""
    request = urllib.request.Request(
        f"{server.issuer}/protocol/openid-connect/token/introspect",
        urlencode(introspection.request_fields(token)).encode(),
        {"Authorization": client_auth.basic(*FRONT)},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return introspection.read_answer(json.load(answer)) or {"active": False}


def bare(flow: Flow[Any]) -> Any:
    return Performer(MemoryStore(), person("never")).run(flow)


def logged_in(desk: Desk, page: Page, auth: Auth) -> lychgate.Token:
    coming = desk.start(auth.token)
    log_in(page, desk.url())
    page.wait_for_selector("text=You are logged in")
    return coming.result(30)


def test_a_person_logs_in_by_pkce_renews_and_logs_out(keycloak: Keycloak, desk: Desk, page: Page) -> None:
    auth = pkce(keycloak)
    coming = desk.start(auth.token)
    url = desk.url()
    asked = query_of(url)
    log_in(page, url)
    page.wait_for_selector("text=You are logged in")
    page.screenshot(path=picture("loopback-after-keycloak"))
    token = coming.result(30)
    assert set(asked) == {"client_id", "request_uri"}  # pushed: the address holds nothing else
    assert token.extra["owner"] == "ada@example.org"
    found = introspected(keycloak, token.access.reveal())
    assert found["username"] == USER
    assert found["client_id"] == "wps"

    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    fresh = auth._credential.performer.run(renewal.after(token))
    assert fresh.access != token.access
    assert fresh.extra["owner"] == "ada@example.org"
    assert introspected(keycloak, fresh.access.reveal())["active"]

    assert auth.logout() is True
    assert introspected(keycloak, fresh.access.reveal()) == {"active": False}


def test_fifty_threads_and_tasks_open_one_page(keycloak: Keycloak, desk: Desk, page: Page) -> None:
    auth = pkce(keycloak)
    threads = [desk.start(auth.token) for _ in range(25)]

    async def tasks() -> list[lychgate.Token]:
        return list(await asyncio.gather(*(auth.atoken() for _ in range(25))))

    waiting = desk.start(lambda: asyncio.run(tasks()))
    log_in(page, desk.url())
    page.wait_for_selector("text=You are logged in")
    tokens = [thread.result(30) for thread in threads] + waiting.result(30)
    assert len({token.access for token in tokens}) == 1
    assert desk.urls.empty()


def test_another_program_finds_the_login_that_is_kept(keycloak: Keycloak, desk: Desk, page: Page) -> None:
    port = free_port()
    token = logged_in(desk, page, pkce(keycloak, redirect_port=port))
    assert pkce(keycloak, redirect_port=port).token().access == token.access
    assert desk.urls.empty()


def test_a_session_that_an_administrator_ended_is_login_dead_with_the_command(
    keycloak: Keycloak, desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = pkce(keycloak)
    token = logged_in(desk, page, auth)
    found = keycloak.admin("GET", f"/users?username={USER}")
    assert isinstance(found, list)
    keycloak.admin("POST", f"/users/{found[0]['id']}/logout")
    monkeypatch.setenv("LYCHGATE_INTERACTION", "never")
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    with pytest.raises(LoginDead, match="Log in again") as caught:
        auth._credential.performer.run(renewal.after(token))
    assert caught.value.command == f"lychgate login {keycloak.issuer} --client-id wps --scope openid"


def test_a_device_code_is_confirmed_in_the_browser(keycloak: Keycloak, desk: Desk, page: Page) -> None:
    auth = lychgate.auth(DeviceCode(issuer=keycloak.issuer, client_id="wps", scope="openid"), store="memory")
    coming = desk.start(auth.token)
    log_in(page, desk.url())
    page.wait_for_selector("#kc-login[name=accept]")
    page.click("#kc-login[name=accept]")
    token = coming.result(60)
    assert token.extra["owner"] == "ada@example.org"
    assert introspected(keycloak, token.access.reveal())["username"] == USER


def test_a_device_code_that_the_person_refuses_is_refused(keycloak: Keycloak, desk: Desk, page: Page) -> None:
    auth = lychgate.auth(DeviceCode(issuer=keycloak.issuer, client_id="wps", scope="openid"), store="memory")
    coming = desk.start(auth.token)
    log_in(page, desk.url())
    page.click("#kc-cancel")
    with pytest.raises(Refused) as caught:
        coming.result(60)
    assert caught.value.error == "access_denied"


def test_a_robot_gets_its_token_by_client_credentials(keycloak: Keycloak) -> None:
    source = lychgate.Keycloak(
        keycloak_url=keycloak.base, realm=keycloak.realm, client_id="robot", client_secret="robot-secret-of-the-tests"
    )
    token = lychgate.auth(source).token()
    assert introspected(keycloak, token.access.reveal())["username"] == "service-account-robot"


def test_a_wrong_secret_is_refused_in_keycloaks_words(keycloak: Keycloak) -> None:
    source = lychgate.Keycloak(
        keycloak_url=keycloak.base, realm=keycloak.realm, client_id="robot", client_secret="not-the-secret-of-it"
    )
    with pytest.raises(Refused, match="client") as caught:
        lychgate.auth(source).token()
    assert caught.value.status == 401
    assert "not-the-secret" not in str(caught.value)


def registered_client(server: Keycloak) -> dict[str, str]:
    """A client for a robot, made at the client registration service with an initial access token."""
    made = {"clientId": f"of-ada-{secrets.token_hex(4)}", "serviceAccountsEnabled": True, "standardFlowEnabled": False}
    request = urllib.request.Request(
        f"{server.issuer}/clients-registrations/default",
        json.dumps({**made, "authorizationServicesEnabled": False, "consentRequired": False}).encode(),
        {"Authorization": f"bearer {server.initial_access_token()}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        registered: dict[str, str] = json.load(answer)
    return registered


def test_a_client_registered_with_an_initial_access_token_gets_tokens(keycloak: Keycloak) -> None:
    registered = registered_client(keycloak)
    pair = {"client_id": registered["clientId"], "client_secret": registered["secret"]}
    source = lychgate.Keycloak(keycloak_url=keycloak.base, realm=keycloak.realm, **pair)
    assert jose.peek(lychgate.auth(source).token().access.reveal())[1]["azp"] == registered["clientId"]


def test_keys_that_rotate_are_found(
    keycloak: Keycloak, desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "GAP", 0.0)
    keys = IssuerKeys(keycloak.issuer, lambda: discovery.discover(keycloak.issuer))
    before = {key.kid for key in bare(keys.find(None))}
    provider = {
        "name": "newer",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "config": {"priority": ["200"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"]},
    }
    keycloak.admin("POST", "/components", provider)
    token = logged_in(desk, page, pkce(keycloak))
    kid = jose.peek(token.access.reveal())[0]["kid"]
    assert kid not in before
    assert kid in {key.kid for key in bare(keys.find(kid))}


def test_the_command_logs_a_person_in_and_out(keycloak: Keycloak, desk: Desk, page: Page, home: Path) -> None:
    env = {"LYCHGATE_HOME": str(home), "BROWSER": "/bin/true"}  # there is one, says its owner
    login = [*LYCHGATE, "login", keycloak.issuer, "--client-id", "wps", "--redirect-port", str(free_port())]
    with at_terminal(*login, "--no-browser", "--profile", "compute", env=env) as terminal:
        url = terminal.wait_for(r"(http://\S+request_uri\S+)\s")[1]
        log_in(page, url)
        page.wait_for_selector("text=You are logged in")
        terminal.wait_for(r'Logged in as ada@example\.org at 127\.0\.0\.1:\d+, profile "compute"')
        assert terminal.end() == 0
    for words, expected in [
        (["status"], r"compute +ada@example\.org"),
        (["whoami"], r"ada@example\.org at 127"),
        (["token", "--header"], r"Authorization: Bearer ey"),
        (["logout"], r"Logged out ada@example\.org at 127"),
        (["logout"], r"Nobody is logged in"),
    ]:
        with at_terminal(*LYCHGATE, *words, env=env) as terminal:
            terminal.wait_for(expected)
            assert terminal.end() == 0
    with at_terminal(*LYCHGATE, "token", env=env) as terminal:
        terminal.wait_for("lychgate login compute")
        assert terminal.end() == 3


def test_the_command_shows_a_code_where_no_browser_is(keycloak: Keycloak, page: Page, home: Path) -> None:
    words = [*LYCHGATE, "login", keycloak.issuer, "--client-id", "wps", "--scope", "openid", "--json"]
    with at_terminal(*words, env={"LYCHGATE_HOME": str(home)}, without=("DISPLAY", "WAYLAND_DISPLAY")) as terminal:
        url = terminal.wait_for(r"(http://\S+user_code=\S+)\s")[1]
        log_in(page, url)
        page.click("#kc-login[name=accept]")
        terminal.wait_for(r'"who": "ada@example\.org"', 60)
        assert terminal.end() == 0


def test_below_a_path_the_documents_address_works(tmp_path: Path, desk: Desk, page: Page, keycloak: Keycloak) -> None:
    """The second server is started for this test alone: ``keycloak_url="https://compute.node/auth"``."""
    with running(tmp_path, "/auth") as below:
        assert below.base.endswith("/auth")
        token = logged_in(desk, page, pkce(below))
        assert introspected(below, token.access.reveal())["username"] == USER


class Front(BaseHTTPRequestHandler):
    """A compute node's registration front, as a client sees it: a redirect to the page where a person logs in."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/wps/auth/login?next=/wps/auth/client_registration/")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_the_documents_registration_is_asked_for_at_the_terminal(keycloak: Keycloak, home: Path) -> None:
    """The document's second block: a link, then an id and a secret, typed once and kept for the next program."""
    node = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    threading.Thread(target=node.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{node.server_address[1]}"
    script = (
        "import lychgate\n"
        f"source = lychgate.Keycloak(base_url={base!r}, keycloak_url={keycloak.base!r}, realm={keycloak.realm!r})\n"
        "print('TOKEN', lychgate.auth(source).token().access.reveal())"
    )
    registered = registered_client(keycloak)
    env = {"LYCHGATE_HOME": str(home)}
    try:
        with at_terminal(sys.executable, "-c", script, env=env) as terminal:
            terminal.wait_for(f"{base}/wps/auth/login")
            terminal.wait_for("Client ID: ")
            terminal.type(f"{registered['clientId']}\n")
            terminal.wait_for("Client Secret: ")
            terminal.type(f"{registered['secret']}\n")
            token = terminal.wait_for(r"TOKEN (\S+)")[1]
            assert registered["secret"] not in terminal.seen
        assert jose.peek(token)[1]["azp"] == registered["clientId"]
        with at_terminal(sys.executable, "-c", script, env=env) as terminal:
            terminal.wait_for("TOKEN")
            assert "Client ID" not in terminal.seen
    finally:
        node.shutdown()
        node.server_close()
