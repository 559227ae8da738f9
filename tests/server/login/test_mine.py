"""My clients and sessions, by plain HTTP: what a person sees of all that acts for them, and how it ends."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest

from lychgate.oauth import jose, pkce
from support.person import PersonAtBrowser
from support.server import Made, Server, poll, running

PASSWORD = "hunter2-of-all"
BACK = "http://127.0.0.1/cb"
BASICS = {"response_type": "code", "client_id": "app", "redirect_uri": BACK, "scope": "openid email read"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("mine") / "data") as started:
        for name in ("ada", "ben"):
            started.user_add(f"{name}@example.org", PASSWORD, name=name)
        yield started


@pytest.fixture(scope="module")
def app(server: Server) -> Made:
    grants = ["authorization_code", "refresh_token"]
    return server.client_add(
        "app", name="Climate Notebook", methods=["none"], grants=grants, redirect_uris=(BACK,), scopes=("read",)
    )


@pytest.fixture
def ada(server: Server) -> Iterator[PersonAtBrowser]:
    who = logged_in(server, "ada")
    yield who
    who.close()


@pytest.fixture
def ben(server: Server) -> Iterator[PersonAtBrowser]:
    who = logged_in(server, "ben")
    yield who
    who.close()


def logged_in(server: Server, name: str) -> PersonAtBrowser:
    return PersonAtBrowser(server.url).open(f"{server.url}/me").log_in(name, PASSWORD)


def new_client(who: PersonAtBrowser, name: str) -> tuple[str, str]:
    who.open(f"{who.home}/me/clients/new").send({"name": name})
    assert who.page.status_code == 200
    return credentials(who)


def credentials(who: PersonAtBrowser) -> tuple[str, str]:
    """The id and the secret that the page shows."""
    return value(who, "client"), value(who, "secret")


def value(who: PersonAtBrowser, id: str) -> str:
    return html.unescape(who.page.text.split(f'<input id="{id}" value="', 1)[1].split('"', 1)[0])


def token_of(server: Server, pair: tuple[str, str]) -> int:
    return server.post("/oauth2/token", {"grant_type": "client_credentials"}, basic=pair).status


def login_at_app(server: Server, who: PersonAtBrowser, user: str) -> dict[str, str]:
    """A login of the program by this person; its tokens."""
    verifier = pkce.new_verifier()
    asked = {**BASICS, "code_challenge": pkce.challenge(verifier), "code_challenge_method": "S256"}
    who.open(f"{server.url}/oauth2/authorize?" + "&".join(f"{k}={v}" for k, v in asked.items()).replace(" ", "+"))
    if not who.left_to:
        who.allow()
    form = {"grant_type": "authorization_code", "code": who.params["code"], "redirect_uri": BACK, "client_id": "app"}
    answer = server.post("/oauth2/token", {**form, "code_verifier": verifier})
    assert answer.status == 200, answer.body
    return dict(answer.json())


def refreshed(server: Server, tokens: dict[str, str]) -> int:
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "app"}
    return server.post("/oauth2/token", form).status


def test_who_is_not_logged_in_logs_in_first_and_comes_back(server: Server) -> None:
    who = PersonAtBrowser(server.url).open(f"{server.url}/me/clients/new")
    assert who.page.status_code == 200
    who.log_in("ada", "wrong")
    assert who.page.status_code == 403
    who.log_in("ada", PASSWORD)
    assert str(who.page.url) == f"{server.url}/me/clients/new"
    who.close()


def test_a_login_leads_to_no_address_that_a_form_names(server: Server) -> None:
    for wanted in ("https://evil.example", "//evil.example", "/admin", "log_out"):
        who = PersonAtBrowser(server.url).open(f"{server.url}/me")
        who.send({"name": "ada", "password": PASSWORD, "then": wanted})
        assert (who.left_to, str(who.page.url)) == ("", f"{server.url}/")
        who.close()


def test_a_client_is_made_and_its_secret_shown_once(server: Server, ada: PersonAtBrowser) -> None:
    ada.open(f"{server.url}/me/clients/new")
    form = {**ada.form("/me/clients/new").fields, "name": "Laptop"}
    ada.send(form)
    pair = credentials(ada)
    assert ada.page.headers["cache-control"] == "no-store"
    assert token_of(server, pair) == 200

    again = ada._client.post(f"{server.url}/me/clients/new", data=form)  # a reload of the page
    assert again.status_code == 410
    assert pair[0] in again.text
    assert pair[1] not in again.text
    assert "has been shown" in again.text
    ada.open(f"{server.url}/me")
    assert ada.page.text.count(pair[0]) >= 1
    assert pair[1] not in ada.page.text


def test_the_same_form_sent_by_another_person_makes_another_client(
    server: Server, ada: PersonAtBrowser, ben: PersonAtBrowser
) -> None:
    ada.open(f"{server.url}/me/clients/new")
    once = ada.form("/me/clients/new").fields["once"]
    ada.send({"name": "Laptop"})
    ben.open(f"{server.url}/me/clients/new").send({"name": "Laptop", "once": once})
    assert ben.page.status_code == 200
    assert value(ada, "client") != value(ben, "client")


def test_a_rotation_gives_one_new_secret_however_often_it_is_sent(server: Server, ada: PersonAtBrowser) -> None:
    old = new_client(ada, "Rotated")
    ada.open(f"{server.url}/me")
    form = {**ada.form("/me/clients/rotate").fields, "id": f"main/{old[0]}"}
    page = ada._client.post(f"{server.url}/me/clients/rotate", data=form)
    ada.page = page
    new = credentials(ada)
    assert new[1] != old[1]
    assert [token_of(server, pair) for pair in (old, new)] == [200, 200]
    again = ada._client.post(f"{server.url}/me/clients/rotate", data=form)
    assert again.status_code == 410
    assert new[1] not in again.text
    ada.page = again
    ada.send({}, "/me/clients/rotate")
    assert ada.page.status_code == 200
    assert credentials(ada)[1] not in (old[1], new[1])


def test_a_client_is_removed_after_a_question_and_its_tokens_are_dead(server: Server, ada: PersonAtBrowser) -> None:
    pair = new_client(ada, "Short-lived")
    ada.open(f"{server.url}/me/clients/remove?id=main/{pair[0]}")
    assert "Short-lived" in ada.page.text
    assert token_of(server, pair) == 200
    ada.send({}, "/me/clients/remove")
    assert pair[0] not in ada.page.text
    assert poll(lambda: token_of(server, pair) == 401)
    rows = server.operate(lambda engine: engine.store.audit(client=pair[0], event="client.remove"))
    assert len(rows) == 1


def test_nobody_touches_another_persons_client_or_session(
    server: Server, ada: PersonAtBrowser, ben: PersonAtBrowser
) -> None:
    pair = new_client(ada, "Hers")
    csrf = _csrf(ben)
    user = server.operate(lambda engine: engine.store.user_by_login("ada"))
    session = server.operate(lambda engine: engine.store.sessions(user.id))[-1].id
    for action, id in (("clients/rotate", pair[0]), ("clients/remove", pair[0]), ("sessions/revoke", session)):
        answer = ben._client.post(
            f"{server.url}/me/{action}", data={**csrf, "once": "x", "id": f"main/{id}" if "cl" in action else id}
        )
        assert answer.status_code == 404, action
    assert ben._client.get(f"{server.url}/me/clients/remove?id=main/{pair[0]}").status_code == 404
    assert token_of(server, pair) == 200
    assert str(ada.open(f"{server.url}/me").page.url).endswith("/me")
    assert "Hers" in ada.page.text


def _csrf(who: PersonAtBrowser) -> dict[str, str]:
    who.open(f"{who.home}/me/clients/new")
    return {"csrf": who.form("/me/clients/new").fields["csrf"]}


def test_what_a_program_was_allowed_is_listed_and_withdrawing_it_ends_its_logins(
    server: Server, app: Made, ada: PersonAtBrowser
) -> None:
    tokens = login_at_app(server, ada, "ada")
    ada.open(f"{server.url}/me")
    assert "Climate Notebook" in ada.page.text
    assert "Read your data" in ada.page.text
    ada.send({}, "/me/programs/withdraw")
    assert "Climate Notebook" not in ada.page.text
    assert refreshed(server, tokens) == 400
    assert server.get("/userinfo", bearer=tokens["access_token"]).status == 401
    asked = {**BASICS, "code_challenge": pkce.challenge(pkce.new_verifier()), "code_challenge_method": "S256"}
    ada.open(f"{server.url}/oauth2/authorize?" + "&".join(f"{k}={v}" for k, v in asked.items()).replace(" ", "+"))
    assert "allow" in [value for _, value in ada.form("/allow").buttons]  # the question comes again


def test_one_session_ends_or_all_others_at_once(server: Server, app: Made, ben: PersonAtBrowser) -> None:
    others = [logged_in(server, "ben") for _ in range(2)]
    tokens = login_at_app(server, others[0], "ben")
    ben.open(f"{server.url}/me")
    assert ben.page.text.count("this one") == 1 + 1  # the badge, and the button's "all but this one"
    ben.send({}, "/me/sessions/revoke")  # the first of the list that is not this one: the program's login, used last
    ben.send({}, "/me/sessions/revoke-others")
    assert refreshed(server, tokens) == 400
    assert "revoke-others" not in ben.page.text
    for other in others:
        other.open(f"{server.url}/me")
        assert "password" in other.form("/login").fields
        other.close()
    rows = server.operate(lambda engine: engine.store.audit(event="session.end"))
    assert {row.detail["by"] for row in rows} >= {rows[-1].user}


def test_an_issued_token_is_listed_and_revoked_by_its_owner_alone(
    server: Server, ada: PersonAtBrowser, ben: PersonAtBrowser
) -> None:
    path = "/DEMO-SITE/rest/core"
    reply = server.get(f"{path}/token?renewable=true&lifetime=3600", basic=("ada", PASSWORD))
    token, id = reply.body.decode(), str(jose.peek(reply.body.decode())[1]["jti"])
    assert server.get(path, bearer=token).status == 200
    assert f"Token {id[:8]}" in ada.open(f"{server.url}/me").page.text
    assert "renewable" in ada.page.text
    assert id not in ben.open(f"{server.url}/me").page.text
    server.get(f"{path}/token?lifetime=3600", basic=("ben", PASSWORD))
    ben.open(f"{server.url}/me")
    assert ben.send({"id": id}, action="/me/tokens/revoke").page.status_code == 404
    assert server.get(path, bearer=token).status == 200
    ada.send({"id": id}, action="/me/tokens/revoke")
    assert id[:8] not in ada.page.text
    assert server.get(path, bearer=token).status == 403
