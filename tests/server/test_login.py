"""The password and refresh grants, userinfo, and slowed logins (RFC 6749 4.3, 6; RFC 9700 4.14)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.server import Made, Reply, Server, poll

TOKEN = "/oauth2/token"
EMAIL, PASSWORD = "grace@example.org", "correct horse"


@pytest.fixture(scope="module")
def user(server: Server) -> Any:
    return server.user_add(EMAIL, PASSWORD, name="grace", groups=["staff"])


@pytest.fixture(scope="module")
def app(server: Server, user: Any) -> Made:
    return server.client_add(
        grants=("password", "refresh_token"), scopes=("read", "write"), audiences=("https://api.example",)
    )


def log_in(server: Server, made: Made, **fields: Any) -> Reply:
    asked = {"grant_type": "password", "username": EMAIL, "password": PASSWORD} | fields
    return server.post(TOKEN, asked, basic=made.pair)


def refresh(server: Server, made: Made, token: str, **fields: Any) -> Reply:
    return server.post(TOKEN, {"grant_type": "refresh_token", "refresh_token": token} | fields, basic=made.pair)


@pytest.mark.parametrize("name", [EMAIL, "Grace@EXAMPLE.org", "grace", "ＧＲＡＣＥ"])
def test_a_person_logs_in_by_name_or_address(server: Server, app: Made, user: Any, name: str) -> None:
    answer = log_in(server, app, username=name)
    assert answer.status == 200
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    told = server.get("/userinfo", bearer=body["access_token"])
    assert told.status == 200
    assert (told.json()["sub"], told.json()["email"], told.json()["name"]) == (user.id, EMAIL, "grace")


def test_wrong_unknown_and_empty_are_answered_alike(server: Server, app: Made, user: Any) -> None:
    wrong = log_in(server, app, password="wrong")
    unknown = log_in(server, app, username="nobody@example.org")
    assert (wrong.status, wrong.error) == (400, "invalid_grant")
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    assert log_in(server, app, password="").error == "invalid_request"


def test_no_refresh_token_without_the_grant_or_without_proof(server: Server, user: Any) -> None:
    without = server.client_add(grants=("password",))
    assert "refresh_token" not in log_in(server, without).json()
    public = server.client_add(methods=("none",), grants=("password", "refresh_token"))
    fields = {"grant_type": "password", "username": EMAIL, "password": PASSWORD, "client_id": public.id}
    answer = server.post(TOKEN, fields)
    assert answer.status == 200
    assert "refresh_token" not in answer.json()


def test_a_refresh_token_is_rotated_and_its_tokens_live(server: Server, app: Made) -> None:
    first = log_in(server, app).json()
    second = refresh(server, app, first["refresh_token"]).json()
    third = refresh(server, app, second["refresh_token"]).json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert server.is_active(third["access_token"], app)
    assert server.is_active(third["refresh_token"], app)
    assert not server.is_active(first["refresh_token"], app)


def test_a_lost_reply_heals_within_the_grace_window(server: Server, app: Made) -> None:
    first = log_in(server, app).json()["refresh_token"]
    one, two = refresh(server, app, first).json(), refresh(server, app, first).json()
    assert one["refresh_token"] == two["refresh_token"]


def test_fifty_refreshes_at_once_have_one_successor(server: Server, app: Made) -> None:
    first = log_in(server, app).json()["refresh_token"]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: refresh(server, app, first), range(50)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_an_older_token_ends_the_login(server: Server, app: Made) -> None:
    first = log_in(server, app).json()
    second = refresh(server, app, first["refresh_token"]).json()
    third = refresh(server, app, second["refresh_token"]).json()
    stolen = refresh(server, app, first["refresh_token"])
    assert (stolen.status, stolen.error) == (400, "invalid_grant")
    assert refresh(server, app, third["refresh_token"]).error == "invalid_grant"
    assert not server.is_active(third["access_token"], app)


def test_the_last_token_but_one_ends_the_login_after_the_grace_window(server: Server, app: Made) -> None:
    first = log_in(server, app).json()["refresh_token"]
    second = refresh(server, app, first).json()["refresh_token"]
    time.sleep(2.2)  # the window of this server is 2 s: nothing to poll for, since a try would not be repeatable
    assert refresh(server, app, first).error == "invalid_grant"
    assert refresh(server, app, second).error == "invalid_grant"


def test_a_refresh_token_of_another_client_is_refused_and_stays_good(server: Server, app: Made) -> None:
    other = server.client_add(grants=("password", "refresh_token"))
    token = log_in(server, app).json()["refresh_token"]
    assert refresh(server, other, token).error == "invalid_grant"
    assert refresh(server, app, token).status == 200


def test_a_refresh_may_ask_for_less_and_never_for_more(server: Server, app: Made) -> None:
    token = log_in(server, app, scope="read").json()["refresh_token"]
    assert refresh(server, app, token, scope="read write").error == "invalid_scope"
    assert refresh(server, app, token, resource="https://evil.example").error == "invalid_target"
    answer = refresh(server, app, token, scope="read", resource="https://api.example")
    assert answer.json()["scope"] == "read"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_whole_login(server: Server, app: Made, which: str) -> None:
    body = log_in(server, app).json()
    assert server.post("/oauth2/revoke", {"token": body[which]}, basic=app.pair).status == 200
    assert refresh(server, app, body["refresh_token"]).error == "invalid_grant"
    assert not server.is_active(body["access_token"], app)


def test_a_scope_taken_away_is_gone_from_the_next_token(server: Server, user: Any) -> None:
    made = server.client_add(grants=("password", "refresh_token"), scopes=("read", "write"))
    token = log_in(server, made).json()["refresh_token"]
    server.client_edit(made, scopes=("read",))

    def narrower() -> bool:
        nonlocal token
        body = refresh(server, made, token).json()
        token = body["refresh_token"]
        return bool(body["scope"] == "read")

    poll(narrower, 1.5)


def test_a_person_put_out_of_the_group_or_disabled_gets_nothing_more(server: Server) -> None:
    person = server.user_add("linus@example.org", PASSWORD, groups=["staff"])
    made = server.client_add(grants=("password", "refresh_token"), groups=("staff",))
    token = log_in(server, made, username=person.email).json()["refresh_token"]
    server.user_edit(person, groups=())
    poll(lambda: refresh(server, made, token).error == "invalid_grant", 1.5)
    assert log_in(server, made, username=person.email).error == "invalid_grant"


def test_userinfo_needs_a_persons_token(server: Server, app: Made) -> None:
    robot = server.client_add()
    refused = server.get("/userinfo", bearer=server.token(robot))
    assert (refused.status, refused.error) == (403, "insufficient_scope")
    nothing = server.get("/userinfo")
    assert nothing.status == 401
    assert nothing.headers["www-authenticate"].startswith("Bearer realm=")
    assert "error=" not in nothing.headers["www-authenticate"]
    wrong = server.get("/userinfo", bearer="wrong")
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    in_url = server.get("/userinfo?access_token=" + log_in(server, app).json()["access_token"])
    assert in_url.status == 401


def test_ten_failures_slow_a_name_and_nobody_else(server: Server, app: Made) -> None:
    victim = server.user_add("victim@example.org", PASSWORD)
    for _ in range(10):
        assert log_in(server, app, username="VICTIM@example.org", password="guess").error == "invalid_grant"
    slowed = log_in(server, app, username=victim.email)
    assert slowed.status == 429
    assert 1 <= int(slowed.headers["retry-after"]) <= 2
    assert log_in(server, app).status == 200
    poll(lambda: log_in(server, app, username=victim.email).status == 200)


def test_a_name_that_nobody_has_is_slowed_in_the_same_way(server: Server, app: Made) -> None:
    answers = [log_in(server, app, username="ghost@example.org", password="guess") for _ in range(11)]
    assert [answer.status for answer in answers] == [400] * 10 + [429]


def test_guesses_sent_at_once_are_counted_one_by_one(server: Server, app: Made) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(
            pool.map(lambda _: log_in(server, app, username="storm@example.org", password="guess"), range(40))
        )
    tried = sum(answer.status == 400 for answer in answers)
    assert 10 <= tried <= 12
    assert {answer.status for answer in answers} == {400, 429}


def test_valid_logins_at_once_all_pass(server: Server, app: Made) -> None:
    with ThreadPoolExecutor(20) as pool:
        assert {answer.status for answer in pool.map(lambda _: log_in(server, app), range(20))} == {200}
