"""The registration front before a real Keycloak: a person in a browser registers a program, which then gets tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

import lychgate
from lychgate.kernel.errors import Refused
from lychgate.oauth import jose
from support.browser import chromium, picture
from support.keycloak import Keycloak
from support.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

START = "/wps/auth/client_registration/"


@pytest.fixture(scope="module")
def initial(keycloak: Keycloak) -> str:
    return str(keycloak.initial_access_token(10))


@pytest.fixture(scope="module")
def server(keycloak: Keycloak, initial: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "token").write_text(f"{initial}\n")
    toml = f"""
    fetch_allow = ["{keycloak.base.removeprefix("http://")}"]
    [facade.esgf]
    audiences = ["https://compute.node/wps"]
    [facade.esgf.keycloak]
    url = "{keycloak.base}"
    realm = "{keycloak.realm}"
    client_id = "front"
    client_secret = "front-secret-of-the-tests"
    initial_access_token_file = "{folder / "token"}"
    """
    with running(folder / "data", toml=toml) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def person(keycloak: Keycloak, name: str) -> str:
    """A person of the realm, with the password "hunter2-of-all", called ``name`` and something more."""
    return named(keycloak, f"{name}-{token_hex(3)}")


def named(keycloak: Keycloak, name: str) -> str:
    password = {"type": "password", "value": "hunter2-of-all", "temporary": False}
    about = {"username": name, "email": f"{name}@example.org", "emailVerified": True, "enabled": True}
    about |= {"firstName": name.title(), "lastName": "Person"}
    keycloak.admin("POST", "/users", {**about, "credentials": [password]})
    return name


def at_registration(page: Page, server: Server, name: str) -> None:
    """Logged in at Keycloak's own page, and back."""
    page.goto(server.url + START)
    page.fill("#username", name)
    page.fill("#password", "hunter2-of-all")
    page.click("#kc-login")
    page.wait_for_url(server.url + START)


def made(page: Page) -> tuple[str, str]:
    return page.input_value("#client"), page.input_value("#secret")


def token_of(keycloak: Keycloak, id: str, secret: str) -> str:
    source = lychgate.Keycloak(keycloak_url=keycloak.base, realm=keycloak.realm, client_id=id, client_secret=secret)
    return lychgate.auth(source, store="memory").token().access.reveal()


def test_a_person_registers_a_program_which_gets_tokens_and_a_new_secret_ends_the_old(
    keycloak: Keycloak, initial: str, server: Server, page: Page
) -> None:
    name = person(keycloak, "grace")
    at_registration(page, server, name)
    page.screenshot(path=picture("front-keycloak-form"))
    assert name in page.content()
    page.fill("#name", "Laptop")
    page.click("text=Make id and secret")
    page.wait_for_selector("#secret")
    page.screenshot(path=picture("front-keycloak-secret"))
    id, secret = made(page)
    assert id == name
    assert jose.peek(token_of(keycloak, id, secret))[1]["azp"] == name

    page.goto(server.url + START)  # a second visit
    page.wait_for_selector("text=The secret has been shown")
    page.screenshot(path=picture("front-keycloak-shown"))
    assert secret not in page.content()
    page.click("text=Rotate the secret")
    page.wait_for_selector("#secret")
    again, newer = made(page)
    assert again == id
    assert newer != secret
    assert token_of(keycloak, id, newer)
    with pytest.raises(Refused):
        token_of(keycloak, id, secret)

    with ThreadPoolExecutor(1) as pool:  # Playwright has an event loop in this thread
        rows = pool.submit(server.operate, lambda engine: engine.store.audit(client=id)).result(20)
    assert {row.event for row in rows} == {"outer_client.add", "outer_client.rotate"}
    told = json.dumps([row.detail for row in rows]) + "\n".join(server.said)
    assert not [text for text in (secret, newer, initial, "front-secret-of-the-tests") if text in told]


def test_pressed_over_and_over_one_client_is_made_and_its_secret_shown_once(
    keycloak: Keycloak, server: Server, page: Page
) -> None:
    name = person(keycloak, "henry")
    at_registration(page, server, name)
    fields = {name: page.input_value(f"input[name={name}]") for name in ("csrf", "once")} | {"name": "Laptop"}
    cookies = "; ".join(f"{one.get('name')}={one.get('value')}" for one in page.context.cookies(server.url))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: server.post(START, fields, headers={"Cookie": cookies}), range(6)))
    assert sorted(answer.status for answer in answers) == [200] + 5 * [410]
    assert sum(b'id="secret"' in answer.body for answer in answers) == 1


def test_a_client_that_was_removed_at_keycloak_is_forgotten_here_and_made_anew(
    keycloak: Keycloak, server: Server, page: Page
) -> None:
    name = person(keycloak, "iris")
    at_registration(page, server, name)
    page.fill("#name", "Laptop")
    page.click("text=Make id and secret")
    page.wait_for_selector("#secret")
    found = keycloak.admin("GET", f"/clients?clientId={name}")
    assert isinstance(found, list)
    keycloak.admin("DELETE", f"/clients/{found[0]['id']}")
    page.goto(server.url + START)
    page.click("text=Rotate the secret")
    page.wait_for_selector("text=no longer registered there")
    page.fill("#name", "Laptop")
    page.click("text=Make id and secret")
    page.wait_for_selector("#secret")
    assert token_of(keycloak, *made(page))


def test_somebody_called_like_a_client_of_the_realm_gets_nothing_of_it(
    keycloak: Keycloak, server: Server, page: Page
) -> None:
    old = keycloak.admin("GET", "/users?username=robot&exact=true")
    assert isinstance(old, list)
    for one in old:  # of a run before, at a Keycloak that goes on
        keycloak.admin("DELETE", f"/users/{one['id']}")
    named(keycloak, "robot")
    at_registration(page, server, "robot")
    page.fill("#name", "Laptop")
    page.click("text=Make id and secret")
    page.wait_for_selector("text=There is a client with your name already")
    page.screenshot(path=picture("front-keycloak-taken"))
    assert page.locator("#secret").count() == 0


def test_a_refusal_counts_if_it_names_keycloak_and_else_the_login_goes_on(
    keycloak: Keycloak, server: Server, page: Page
) -> None:
    page.goto(server.url + START)
    state = page.evaluate("new URL(location.href).searchParams.get('state')")
    back = f"{server.url}/wps/auth/oauth_callback?error=access_denied&state={state}"
    page.goto(f"{back}&iss=https://evil.example")
    page.wait_for_selector("text=belongs to no login of yours")
    page.goto(f"{back}&iss={keycloak.issuer}")
    page.wait_for_selector("text=You were not logged in")
    page.click("a.button")
    page.wait_for_selector("#kc-login")
