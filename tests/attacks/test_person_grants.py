"""Rows 9 to 15 and 19 on the grants by which people log in: the code, the device and the refresh token."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from lychgate.oauth import jose, logout_token
from lychgate.server.engine import MAIN, Engine
from support.app import BOTH, App, added, type_code
from support.person import PersonAtBrowser
from support.relying import EMAIL, PASSWORD, register
from support.server import Server, poll, running

OTHER, MALLORY = "bob@example.org", "mallory@example.org"
TOML = 'registration = "open"\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("grants") / "data", toml=TOML) as started:
        for email in (EMAIL, OTHER):
            started.user_add(email, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def app(server: Server) -> App:
    return added(server)


def browsing(server: Server, email: str) -> PersonAtBrowser:
    return PersonAtBrowser(server.url).open(f"{server.url}/login").log_in(email, PASSWORD)


# --- 9: refresh tokens


def grow_older(server: Server) -> None:
    """Have it be a minute since any refresh token was last used: longer than the grace window."""
    with closing(sqlite3.connect(server.data / "lychgate.db", timeout=10)) as database:
        database.execute("UPDATE family SET rotated_at = rotated_at - 60000")
        database.commit()


@pytest.mark.parametrize("how", BOTH)
def test_row_9_the_last_token_again_within_the_window_gets_the_same_successor(app: App, how: str) -> None:
    first = app.by(how)["refresh_token"]
    successors = {app.refresh(first).json()["refresh_token"] for _ in range(3)}
    assert len(successors) == 1
    assert app.refresh(successors.pop()).status == 200


def test_row_9_the_last_token_again_after_the_window_ends_the_login(app: App) -> None:
    logins = [app.by(how) for how in BOTH]
    seconds = [app.refresh(login["refresh_token"]).json() for login in logins]
    grow_older(app.server)
    for login in logins:
        assert app.refresh(login["refresh_token"]).error == "invalid_grant"
    for second in seconds:
        assert app.refresh(second["refresh_token"]).error == "invalid_grant"
        assert app.server.get("/userinfo", bearer=second["access_token"]).status == 401


@pytest.mark.parametrize("how", BOTH)
def test_row_9_the_last_token_but_one_ends_the_login_at_once(app: App, how: str) -> None:
    tokens = [app.by(how)["refresh_token"]]
    for _ in range(2):
        tokens.append(app.refresh(tokens[-1]).json()["refresh_token"])
    assert app.refresh(tokens[0]).error == "invalid_grant"
    assert app.refresh(tokens[2]).error == "invalid_grant"


@pytest.mark.parametrize("how", BOTH)
def test_rows_9_and_10_another_client_gets_nothing_and_ends_nothing(server: Server, app: App, how: str) -> None:
    token, stranger = app.by(how)["refresh_token"], added(server)
    assert stranger.refresh(token).error == "invalid_grant"
    assert app.refresh(token, scope="openid email").error == "invalid_scope"
    assert app.refresh(token).status == 200


@pytest.mark.parametrize("how", BOTH)
def test_row_9_a_login_that_was_revoked_stays_so_within_the_window(server: Server, app: App, how: str) -> None:
    first = app.by(how)["refresh_token"]
    second = app.refresh(first).json()["refresh_token"]
    server.post("/oauth2/revoke", {"token": second}, basic=app.made.pair)
    assert [app.refresh(token).error for token in (first, second)] == ["invalid_grant"] * 2


# --- 11: who is disabled

Pending = Callable[[], Any]


def pending(app: App, email: str) -> dict[str, Pending]:
    """One way to a token for each grant, all of them begun and allowed already."""
    code, device, refresh = app.code(email), app.allowed(email), app.by("code", email)["refresh_token"]
    return {
        "code": lambda: app.redeem(code),
        "device": lambda: app.poll(device),
        "refresh": lambda: app.refresh(refresh),
    }


def test_row_11_who_is_disabled_gets_nothing_by_code_device_or_refresh(server: Server, app: App) -> None:
    user = server.user_add(MALLORY, PASSWORD)
    held, ways = app.by("device", MALLORY), pending(app, MALLORY)
    person = browsing(server, MALLORY)
    server.user_edit(user, active=False)
    poll(lambda: server.get("/userinfo", bearer=held["access_token"]).status == 401)
    assert {name: way().error for name, way in ways.items()} == dict.fromkeys(ways, "invalid_grant")
    for name in ("access_token", "refresh_token"):
        reply = server.post("/oauth2/introspect", {"token": held[name]}, basic=app.made.pair)
        assert reply.json() == {"active": False}
    person.open(app.relying.address())
    assert not person.left_to
    assert not person.log_in(MALLORY, PASSWORD).left_to


def test_row_11_a_disabled_client_gets_nothing_by_code_device_or_refresh(server: Server) -> None:
    gone = added(server)
    held, ways = gone.by("code"), pending(gone, EMAIL)
    server.client_edit(gone.made, active=False)
    poll(lambda: server.get("/userinfo", bearer=held["access_token"]).status == 401)
    assert {name: way().error for name, way in ways.items()} == dict.fromkeys(ways, "invalid_client")
    for path in ("/oauth2/device", "/oauth2/par", "/oauth2/introspect", "/oauth2/revoke"):
        assert server.post(path, {"token": held["access_token"]}, basic=gone.made.pair).error == "invalid_client"
    page = PersonAtBrowser(server.url).open(gone.relying.address())
    assert (page.page.status_code, page.left_to) == (400, "")


# --- 12: devices


def test_row_12_what_one_person_began_another_cannot_answer(server: Server, app: App) -> None:
    started = app.device()
    ada, bob = browsing(server, EMAIL), browsing(server, OTHER)
    bob.page = type_code(ada, server, started).page  # her form, in his browser
    assert bob.send({"answer": "allow"}).page.status_code == 403
    ada.send({"answer": "refuse"})
    assert type_code(bob, server, started).page.status_code in (403, 404)
    assert app.poll(started).error == "access_denied"


def test_row_12_the_tokens_are_those_of_who_answered(server: Server, app: App) -> None:
    subjects = [
        server.get("/userinfo", bearer=app.by("device", email)["access_token"]).json()["sub"]
        for email in (OTHER, EMAIL, OTHER)
    ]
    assert subjects[0] == subjects[2] != subjects[1]


def test_row_12_after_its_time_neither_the_device_nor_the_person_gets_on(server: Server, app: App) -> None:
    waiting, allowed = app.device(), app.allowed()
    with closing(sqlite3.connect(server.data / "lychgate.db", timeout=10)) as database:
        database.execute("UPDATE device SET expires_at = 1")
        database.commit()
    for started in (waiting, allowed):
        assert app.poll(started).error == "expired_token"
        assert type_code(browsing(server, OTHER), server, started).page.status_code in (403, 404)


def test_row_12_a_device_is_redeemed_once(app: App) -> None:
    started = app.allowed()
    assert app.poll(started).status == 200
    assert app.poll(started).error == "invalid_grant"


# --- 13 and 15: introspection and revocation


@pytest.mark.parametrize("accept", ["application/token-introspection+jwt", "application/json", "*/*"])
def test_row_13_a_stranger_learns_nothing_in_any_form(server: Server, app: App, accept: str) -> None:
    held, stranger, headers = app.by("code"), added(server), {"Accept": accept}
    for name in ("access_token", "refresh_token", "id_token"):
        form = {"token": held[name]}
        reply = server.post("/oauth2/introspect", form, basic=stranger.made.pair, headers=headers)
        assert (reply.status, reply.json()) == (200, {"active": False})
        assert server.post("/oauth2/introspect", form, headers=headers).error == "invalid_client"


@pytest.mark.parametrize("how", BOTH)
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_row_15_revoking_either_token_ends_the_login(server: Server, app: App, how: str, name: str) -> None:
    held = app.by(how)
    assert server.post("/oauth2/revoke", {"token": held[name]}, basic=app.made.pair).status == 200
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    assert server.get("/userinfo", bearer=held["access_token"]).status == 401


# --- 19: what is no access token


def refused_everywhere(server: Server, token: str) -> None:
    for path in ("/userinfo", "/api/v1/users/me"):
        assert server.get(path, bearer=token).status == 401


def test_row_19_the_token_of_a_registration_is_no_access_token(server: Server) -> None:
    refused_everywhere(server, register(server).json()["registration_access_token"])


def test_row_19_a_logout_token_is_no_access_token_by_whichever_typ(server: Server, app: App) -> None:
    held = app.by("code")
    sub = server.get("/userinfo", bearer=held["access_token"]).json()["sub"]

    async def made(engine: Engine) -> str:
        claims = logout_token.claims(
            issuer=server.issuer, client_id=app.made.id, now=engine.clock() // 1000, lifetime=120, jti="j", subject=sub
        )
        signer: Any = engine.keys.pick(MAIN, "ES256")
        signer = await signer if not hasattr(signer, "sign") else signer
        return str(await signer.sign(claims | {"client_id": app.made.id}, logout_token.TYP))

    token = server.operate(made)
    assert jose.peek(token)[0]["typ"] == logout_token.TYP
    refused_everywhere(server, token)
