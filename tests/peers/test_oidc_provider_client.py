"""Our client at npm's oidc-provider, with a real browser on its pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import requests

import lychgate
from lychgate.client.sources.authorization_code import AuthorizationCode
from lychgate.client.sources.device_code import DeviceCode
from lychgate.issuer import discovery
from lychgate.kernel.errors import LoginDead, LychgateError, Refused
from lychgate.kernel.http import query_of
from lychgate.oauth import jose
from lychgate.world.auth import Auth
from support.browser import chromium
from support.desk import Desk, at_desk
from support.node import free_port, oidc_provider
from support.terminal import at_terminal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LYCHGATE = (sys.executable, "-m", "lychgate")
SCOPE = "openid email offline_access"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with oidc_provider(tmp_path_factory.mktemp("oidc-provider")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser in which nobody is logged in, and which goes nowhere but to this machine."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    context.route("https://**/*", lambda route: route.abort())
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


def login(issuer: str, **more: Any) -> Auth:
    options = {"client_id": "app", "scope": SCOPE, "redirect_port": free_port(), **more}
    return lychgate.auth(AuthorizationCode(issuer=issuer, **options), store="memory")


def log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("input[name=login]", "ada")
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.click("button:has-text('Continue')")


def logged_in(desk: Desk, page: Page, auth: Auth) -> lychgate.Token:
    coming = desk.start(auth.token)
    log_in(page, desk.url())
    page.wait_for_selector("text=You are logged in")
    return coming.result(30)


def renewed(auth: Auth, token: lychgate.Token) -> lychgate.Token:
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    fresh: lychgate.Token = auth._credential.performer.run(renewal.after(token))
    return fresh


def test_a_bound_login_proves_each_request_and_keeps_its_key(issuer: str, desk: Desk, page: Page) -> None:
    auth = login(issuer, dpop=True)
    token = logged_in(desk, page, auth)
    assert (token.type, token.extra["owner"]) == ("DPoP", "ada@example.org")
    for _ in range(2):  # with nonces: the second one knows it from the first
        assert httpx2.get(f"{issuer}/me", auth=auth).json()["sub"] == "ada"  # type: ignore[arg-type]  # it is one
        assert requests.get(f"{issuer}/me", auth=auth, timeout=20).json()["sub"] == "ada"
    fresh = renewed(auth, token)
    assert (fresh.access != token.access, fresh.refresh != token.refresh, fresh.key) == (True, True, token.key)
    assert httpx2.get(f"{issuer}/me", auth=auth).status_code == 200  # type: ignore[arg-type]  # it is one
    bare = {"Authorization": f"Bearer {fresh.access.reveal()}"}
    assert httpx2.get(f"{issuer}/me", headers=bare).status_code == 401
    assert auth.logout() is True


@pytest.mark.parametrize(
    ("client", "alg"),
    [
        ({}, "RS256"),
        ({"client_id": "app-es256"}, "ES256"),
        (
            {
                "client_id": "with-secret",
                "client_secret": "secret-of-the-tests-0123456789abcdef0123456789",
                "method": "client_secret_jwt",
            },
            "RS256",
        ),
    ],
    ids=["public", "ES256", "client_secret_jwt"],
)
def test_a_person_logs_in_renews_and_logs_out(
    issuer: str, desk: Desk, page: Page, client: dict[str, Any], alg: str
) -> None:
    auth = login(issuer, **client)
    token = logged_in(desk, page, auth)
    assert token.extra["owner"] == "ada@example.org"
    assert jose.peek(token.extra["id_token"])[0]["alg"] == alg
    fresh = renewed(auth, token)
    assert fresh.access != token.access
    assert fresh.refresh != token.refresh
    assert fresh.extra["owner"] == "ada@example.org"
    assert auth.logout() is True


def test_a_program_held_to_fapi_2_logs_in_where_the_issuer_holds_it_to_that_too(
    issuer: str, desk: Desk, page: Page
) -> None:
    key = jose.generate("ES256")
    about = {
        "client_name": "fapi",  # by which the peer's settings know it
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "ES256",
        "dpop_bound_access_tokens": True,
        "jwks": {"keys": [key.as_dict(private=False)]},
    }
    made = httpx2.post(f"{issuer}/reg", json=about).json()
    assert "client_id" in made, made
    auth = login(issuer, client_id=made["client_id"], private_key=key.as_pem(private=True).decode(), security="fapi2")
    token = logged_in(desk, page, auth)
    assert token.type == "DPoP"
    assert httpx2.get(f"{issuer}/me", auth=auth).json()["sub"] == "ada"  # type: ignore[arg-type]  # it is one
    assert renewed(auth, token).access != token.access


def test_the_request_is_pushed(issuer: str, desk: Desk, page: Page) -> None:
    coming = desk.start(login(issuer).token)
    url = desk.url()
    assert set(query_of(url)) == {"client_id", "request_uri"}
    log_in(page, url)
    coming.result(30)


def test_a_person_who_cancels_is_a_refusal_that_the_page_tells_as_well(issuer: str, desk: Desk, page: Page) -> None:
    coming = desk.start(login(issuer).token)
    page.goto(desk.url())
    page.click("a:has-text('Cancel')")
    page.wait_for_selector("text=You are not logged in")
    with pytest.raises(Refused) as caught:
        coming.result(30)
    assert caught.value.error == "access_denied"


def test_a_refresh_token_that_was_used_twice_ends_the_login(
    issuer: str, desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = login(issuer)
    token = logged_in(desk, page, auth)
    renewal = auth._credential.authenticator.renewal  # type: ignore[attr-defined]  # a login renews
    source = renewal.source
    auth._credential.performer.run(source.renew(token))  # somebody else has stolen it
    monkeypatch.setenv("LYCHGATE_INTERACTION", "never")
    with pytest.raises(LoginDead):
        renewed(auth, token)


def test_a_code_is_confirmed_on_another_device(issuer: str, desk: Desk, page: Page) -> None:
    auth = lychgate.auth(DeviceCode(issuer=issuer, client_id="app", scope=SCOPE), store="memory")
    coming = desk.start(auth.token)
    page.goto(desk.url())
    page.click("button[type=submit]")
    log_in(page, page.url)
    token = coming.result(60)
    assert token.extra["owner"] == "ada@example.org"


def test_a_program_that_may_not_use_codes_is_told_so(issuer: str, desk: Desk) -> None:
    auth = lychgate.auth(DeviceCode(issuer=issuer, client_id="browser-only"), store="memory")
    with pytest.raises(LychgateError, match="not allowed for this client"):
        auth.token()


def test_the_command_registers_itself_where_nobody_gave_a_client_id(issuer: str, page: Page, home: Path) -> None:
    env = {"LYCHGATE_HOME": str(home), "BROWSER": "/bin/true"}
    words = [*LYCHGATE, "login", issuer, "--redirect-port", str(free_port()), "--no-browser", "--profile", "npm"]
    with at_terminal(*words, env=env) as terminal:
        log_in(page, terminal.wait_for(r"(http://\S+request_uri\S+)\s")[1])
        terminal.wait_for(r'Logged in as ada@example\.org at 127\.0\.0\.1:\d+, profile "npm"')
        assert terminal.end() == 0
    with at_terminal(*LYCHGATE, "whoami", env=env) as terminal:
        terminal.wait_for(r"ada@example\.org at 127")
        terminal.wait_for(r"subject +ada")
        assert terminal.end() == 0
