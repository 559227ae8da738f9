"""A person's own public keys: over plain forms, in a real Chromium, and by the JSON API.

Screenshots lie in ``artefacts/keys`` afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from lychgate.server.model import User
from support.browser import ARTEFACTS, chromium
from support.person import PersonAtBrowser
from support.server import Reply, Server, poll, running

PASSWORD = "hunter2"
KEYS = "/api/v1/users/me/keys"
ACCOUNT, NEW, REMOVE = "/me/account", "/me/account/keys/new", "/me/account/keys/remove"
SIZES = (("light", 1280), ("dark", 390))


def line(comment: str = "") -> str:
    text = Ed25519PrivateKey.generate().public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)
    return f"{text.decode()} {comment}".strip()


WEAK = generate_private_key(65537, 1024).public_key()
WEAK_LINE = WEAK.public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH).decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("keys") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def people(server: Server) -> dict[str, User]:
    return {name: server.user_add(f"{name}@example.org", PASSWORD, name=name) for name in ("ada", "bob", "eve", "mia")}


@pytest.fixture
def ada(server: Server, people: dict[str, User]) -> Iterator[PersonAtBrowser]:
    person = PersonAtBrowser(server.url).open(f"{server.url}/login").log_in("ada", PASSWORD)
    yield person
    person.close()


def token(server: Server, name: str) -> str:
    form = {"grant_type": "password", "username": name, "password": PASSWORD}
    return str(server.post("/api/v1/auth/jwt/token", form).json()["access_token"])


def api(server: Server, bearer: str, method: str, path: str = KEYS, body: Any = None) -> Reply:
    kind = {"Content-Type": "application/json"} if body is not None else {}
    sent = None if body is None else json.dumps(body).encode()
    return server.call(method, path, body=sent, headers=kind, bearer=bearer)


def test_a_key_is_pasted_listed_and_removed_by_the_password(
    server: Server, people: dict[str, User], ada: PersonAtBrowser
) -> None:
    ada.open(server.url + NEW).send({"key": line("ada at her laptop")}, action="/keys/new")
    assert "ada at her laptop" in ada.page.text
    assert "SHA256:" in ada.page.text
    found = server.operate(lambda engine: engine.store.user_keys(people["ada"].id))
    ada.open(f"{server.url}{REMOVE}?id={quote(found[0].fingerprint, safe='')}")
    assert ada.send({"password": "wrong"}).page.status_code == 400
    assert "None yet. With your public SSH key" in ada.send({"password": PASSWORD}).page.text
    assert ada.open(f"{server.url}{REMOVE}?id={quote(found[0].fingerprint, safe='')}").page.status_code == 404


def test_what_is_no_key_is_refused_where_it_was_typed(server: Server, ada: PersonAtBrowser) -> None:
    private = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----"
    twice = line()
    ada.open(server.url + NEW).send({"key": twice, "name": "first"}, action="/keys/new")
    for text, told in ((WEAK_LINE, "1024 bits"), (private, "This is a private key"), (twice, "have this key already")):
        ada.open(server.url + NEW).send({"key": text}, action="/keys/new")
        assert ada.page.status_code == 400
        assert told in ada.page.text
        assert "c2VjcmV0" not in ada.page.text, "a private key is not sent back"


def test_a_key_is_added_by_a_form_of_ours_alone_and_after_a_fresh_login(server: Server, ada: PersonAtBrowser) -> None:
    ada.open(server.url + NEW)
    form = ada.form("/keys/new")
    form.fields = {"key": line()}
    sent = server.post(NEW, form.fields)
    assert sent.status == 403
    stranger = PersonAtBrowser(server.url).open(server.url + NEW)
    assert 'name="password"' in stranger.page.text
    stranger.log_in("ada", PASSWORD)
    assert "Add a key for UNICORE" in stranger.page.text, "a login leads back to the form"
    stranger.close()


def test_the_api_adds_lists_and_removes_ones_own_keys_alone(server: Server, people: dict[str, User]) -> None:
    bob, eve = token(server, "bob"), token(server, "eve")
    made = api(server, bob, "POST", body={"public": line("work"), "name": ""})
    assert made.status == 201
    fingerprint = made.json()["fingerprint"]
    assert (made.json()["name"], made.json()["kind"], made.json()["last_used_at"]) == ("work", "ED25519", None)
    assert [key["fingerprint"] for key in api(server, bob, "GET").json()] == [fingerprint]
    assert api(server, eve, "GET").json() == []
    one = f"{KEYS}/{quote(fingerprint, safe='')}"
    assert api(server, eve, "DELETE", one).status == 404
    assert api(server, bob, "POST", body={"public": WEAK_LINE}).status == 400
    assert api(server, bob, "POST", body={"public": made.json()["public"]}).status == 400
    assert api(server, bob, "DELETE", one).status == 204
    assert api(server, bob, "DELETE", one).status == 404
    assert api(server, bob, "GET").json() == []


def test_row_11_the_disabled_manage_no_keys_any_more(server: Server, people: dict[str, User]) -> None:
    eve = token(server, "eve")
    person = PersonAtBrowser(server.url).open(f"{server.url}/login").log_in("eve", PASSWORD)
    person.open(server.url + NEW)
    server.user_edit(people["eve"], active=False)
    poll(lambda: api(server, eve, "GET").status == 401)
    assert api(server, eve, "POST", body={"public": line()}).status == 401
    person.send({"key": line()}, action="/keys/new")
    person.close()
    assert server.operate(lambda engine: engine.store.user_keys(people["eve"].id)) == []


def test_keys_in_chromium_on_desk_and_phone_in_light_and_dark(server: Server, people: dict[str, User]) -> None:
    folder = ARTEFACTS / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for scheme, width in SIZES:
            context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
            page = context.new_page()
            page.set_default_timeout(20_000)

            def picture(name: str, page: Any = page, tail: str = f"{scheme}-{width}", width: int = width) -> None:
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
                page.screenshot(path=folder / f"{name}-{tail}.png", full_page=True)

            page.goto(f"{server.url}/login")
            page.fill("input[name=name]", "mia")
            page.fill("input[name=password]", PASSWORD)
            page.get_by_role("button", name="Log in", exact=True).click()
            page.goto(server.url + ACCOUNT)
            page.get_by_role("link", name="Add a key").click()
            page.fill("textarea[name=key]", WEAK_LINE)
            page.get_by_role("button", name="Add the key").click()
            page.get_by_text("1024 bits").wait_for()
            picture("refused")
            page.fill("textarea[name=key]", line())
            page.fill("input[name=name]", f"{scheme} {width}")
            page.get_by_role("button", name="Add the key").click()
            page.get_by_role("heading", name="Your account").wait_for()
            picture("listed")
            page.get_by_role("link", name=f"Remove “{scheme} {width}”").click()
            picture("remove")
            page.fill("input[name=password]", PASSWORD)
            page.get_by_role("button", name="Remove it").click()
            page.get_by_text("None yet. With your public SSH key").wait_for()
            context.close()
