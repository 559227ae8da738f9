"""Rows 33, 34, 40 and 48 on the pages of a login: guesses, foreign hosts, resources, and rights that are withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.server.policy import FREE_FAILURES
from support.app import BOTH, App, added
from support.person import PersonAtBrowser
from support.relying import BACK, EMAIL, PASSWORD, finish
from support.server import Server, poll, running

VICTIM = "mallory@example.org"
NAMES = (VICTIM, VICTIM.upper(), "ｍallory@example.org", f" {VICTIM} ")
API = "https://api.example.org/"
FORWARDED = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("pages") / "data") as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def app(server: Server) -> App:
    return added(server, audiences=(API,), scopes=("read", "write"))


# --- 33: guesses


def guess(server: Server, name: str, password: str, address: str) -> Any:
    person = PersonAtBrowser(server.url).open(f"{server.url}/login")
    return person.send({"name": name, "password": password}, **{"X-Forwarded-For": address}).page


def test_row_33_guesses_at_the_login_page_are_slowed_however_the_name_is_written_and_others_come_in(
    server: Server, app: App
) -> None:
    server.user_add(VICTIM, PASSWORD)
    pages = [guess(server, NAMES[n % 4], "wrong", f"203.0.113.{n}") for n in range(FREE_FAILURES + 2)]
    assert {page.status_code for page in pages[:FREE_FAILURES]} == {403}
    slowed = pages[-1]
    assert (slowed.status_code, int(slowed.headers["retry-after"]) >= 1) == (429, True)
    assert guess(server, VICTIM, PASSWORD, "203.0.113.99").status_code == 429
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: app.by("code"), range(20)))
    assert len({token["access_token"] for token in tokens}) == 20


# --- 34: the Host field


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80"])
@pytest.mark.parametrize("path", ["/login", "/device", "/logout", "/oauth2/authorize", "/me", "/admin"])
def test_row_34_no_page_is_shown_to_a_foreign_host(server: Server, path: str, host: str) -> None:
    reply = server.get(path, headers={"Host": host})
    assert (reply.status, "location" in {name.lower() for name in reply.headers}) == (400, False)
    assert host.encode() not in reply.body


def test_row_34_a_proxy_that_nobody_trusts_changes_no_link_of_a_login(server: Server, app: App) -> None:
    path = app.relying.address().removeprefix(server.url)
    for name in (path, "/login", "/device", "/me"):
        reply = server.get(name, headers=FORWARDED)
        assert reply.status in (200, 302, 303)
        assert b"evil" not in reply.body
        assert "evil" not in str(dict(reply.headers))
    started = server.post("/oauth2/device", basic=app.made.pair, headers=FORWARDED).json()
    for name in ("verification_uri", "verification_uri_complete"):
        assert started[name].startswith(f"{server.issuer}/")


def test_row_34_nor_does_it_change_where_a_code_goes(server: Server, app: App) -> None:
    person = PersonAtBrowser(server.url)
    person._client.headers.update(FORWARDED)
    person = finish(person.open(app.relying.address()))
    assert person.left_to.startswith(f"{BACK}?")
    assert person.params["iss"] == server.issuer


# --- 40: resources


@pytest.mark.parametrize(
    "resource", ["https://evil.example/", f"{API}#x", "api", "/api", f"{API}x", API.upper(), "javascript:alert(1)", ""]
)
def test_row_40_what_is_no_resource_of_the_client_is_no_target_of_a_login(app: App, resource: str) -> None:
    person = PersonAtBrowser(app.server.url).open(app.relying.address(resource=resource))
    if resource:
        assert person.params["error"] in ("invalid_target", "invalid_request")
    else:
        assert "code" in finish(person).params  # RFC 6749 3.1: a parameter without a value was not sent


def test_row_40_a_login_for_one_resource_gives_no_token_for_another(server: Server, app: App) -> None:
    held = app.redeem(app.code(resource=API)).json()
    assert jose.peek(held["access_token"])[1]["aud"] == [API]
    assert server.get("/api/v1/users/me", bearer=held["access_token"]).status == 401
    assert app.refresh(held["refresh_token"], resource=server.issuer).error == "invalid_target"
    again = app.refresh(held["refresh_token"]).json()
    assert jose.peek(again["access_token"])[1]["aud"] == [API]


def test_row_40_an_audience_that_is_taken_away_is_no_target_of_the_next_refresh(server: Server) -> None:
    app = added(server, audiences=(API,))
    held = app.redeem(app.code(resource=API)).json()
    server.client_edit(app.made, audiences=())
    poll(lambda: app.refresh(held["refresh_token"]).error == "invalid_target")


# --- 48: rights that are withdrawn


@pytest.mark.parametrize("how", BOTH)
def test_row_48_who_leaves_the_group_is_refreshed_no_more(server: Server, how: str) -> None:
    app, email = added(server, groups=("physics",)), f"{how}@example.org"
    user = server.user_add(email, PASSWORD, groups=("physics",))
    code, device, held = app.code(email), app.allowed(email), app.by(how, email)
    server.user_edit(user, groups=())
    poll(lambda: app.refresh(held["refresh_token"]).error == "invalid_grant")
    assert [app.redeem(code).error, app.poll(device).error] == ["invalid_grant"] * 2
    person = finish(PersonAtBrowser(server.url).open(app.relying.address()), email)
    assert "code" not in person.params


def test_row_48_a_scope_that_is_taken_away_is_missing_after_the_next_refresh(server: Server) -> None:
    app = added(server, scopes=("read", "write"))
    held = app.redeem(app.code(scope="openid read write")).json()
    assert set(held["scope"].split()) == {"openid", "read", "write"}
    server.client_edit(app.made, scopes=("read",))
    narrower = poll(lambda: "write" not in (found := app.refresh(held["refresh_token"]).json())["scope"] and found)
    assert set(jose.peek(narrower["access_token"])[1]["scope"].split()) == {"openid", "read"}
