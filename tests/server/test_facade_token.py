"""The Climate Engine facade's token paths, as its document shows them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lychgate.oauth import client_auth, jose
from lychgate.server.facades.climate_engine.token import reply
from lychgate.server.issue import Issued
from lychgate.server.mint import Minted
from support.server import Made, Server

TOKEN = "/api/v1/auth/jwt/token"
BASIC = "/api/v1/auth/jwt/token/basic"
EMAIL, PASSWORD = "bennett@climateengine.com", "hunter2"
GRANT = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}


@pytest.fixture(scope="module")
def user(server: Server) -> Any:
    return server.user_add(EMAIL, PASSWORD, roles=["extra"])


def test_a_password_brings_the_documents_reply_without_a_client(server: Server, user: Any) -> None:
    before = time.time()
    answer = server.post(TOKEN, GRANT)
    assert answer.status == 200
    body = answer.json()
    assert list(body) == ["access_token", "token_type", "expires_at", "expires_in"]
    assert body["token_type"] == "bearer"
    assert body["expires_in"] in (839, 840)
    _, claims = jose.peek(body["access_token"])
    assert claims["exp"] - claims["iat"] == 900
    assert body["expires_at"] == claims["exp"] - 60
    assert body["expires_at"] >= before + 838


def test_the_token_holds_the_documents_claims(server: Server, user: Any) -> None:
    _, claims = jose.peek(server.post(TOKEN, GRANT).json()["access_token"])
    assert claims["user_id"] == claims["sub"] == user.id
    assert claims["groups"] == []
    assert claims["roles"] == ["extra", "all-datasets"]
    assert claims["aud"] == [server.issuer, "https://api.climate.example"]
    assert claims["iss"] == server.issuer
    assert {"exp", "jti", "iat"} <= set(claims)


@pytest.mark.parametrize(
    "beside",
    [
        {"fields": {"client_id": "wrong", "client_secret": "wrong"}},
        {"fields": {"client_id": "", "client_secret": ""}},
        {"basic": ("", "")},
        {"basic": ("wrong", "wrong")},
    ],
)
def test_client_fields_are_ignored_beside_a_password(server: Server, user: Any, beside: dict[str, Any]) -> None:
    answer = server.post(TOKEN, GRANT | beside.get("fields", {}), basic=beside.get("basic"))
    assert answer.status == 200


@pytest.mark.parametrize("password", ["wrong", "x" * 5000, "\u00e9"])
def test_a_wrong_password_is_an_invalid_grant_on_both_paths(server: Server, user: Any, password: str) -> None:
    posted = server.post(TOKEN, GRANT | {"password": password, "username": "nobody"})
    got = server.get(BASIC, basic=("nobody", password))
    for answer in (posted, got):
        assert (answer.status, answer.error) == (400, "invalid_grant")
        assert answer.headers["cache-control"] == "no-store"


def test_name_and_password_may_come_as_basic(server: Server, user: Any) -> None:
    answer = server.get(BASIC, basic=(EMAIL, PASSWORD))
    assert answer.status == 200
    assert answer.json()["token_type"] == "bearer"


@pytest.mark.parametrize("header", [None, "Basic !!!", "Basic Og==", "Basic bm9jb2xvbg==", "Bearer x"])
def test_basic_without_name_and_password_is_an_invalid_request(server: Server, header: str | None) -> None:
    answer = server.get(BASIC, headers={"Authorization": header} if header else {})
    assert (answer.status, answer.error) == (400, "invalid_request")


def test_a_client_of_the_owner_gets_tokens_by_three_methods(server: Server, user: Any) -> None:
    methods = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
    made = server.client_add(owner=user.id, methods=methods)
    aud = server.issuer + TOKEN
    signed = client_auth.assertion(made.id, jose.import_key(made.secret), "HS256", aud, time.time())
    grant = {"grant_type": "client_credentials"}
    answers = [
        server.post(TOKEN, grant, basic=made.pair),
        server.post(TOKEN, grant | {"client_id": made.id, "client_secret": made.secret}),
        server.post(TOKEN, grant | client_auth.assertion_fields(signed)),
    ]
    for answer in answers:
        assert answer.status == 200
        _, claims = jose.peek(answer.json()["access_token"])
        assert (claims["user_id"], claims["sub"]) == (user.id, made.id)
        assert claims["aud"] == [server.issuer, "https://api.climate.example"]


def test_no_reply_of_the_facade_holds_a_refresh_token(server: Server, user: Any) -> None:
    made = server.client_add(owner=user.id, grants=("client_credentials", "password", "refresh_token"))
    assert "refresh_token" not in server.post(TOKEN, GRANT, basic=made.pair).json()
    answer = server.post(TOKEN, {"grant_type": "refresh_token", "refresh_token": "x"}, basic=made.pair)
    assert (answer.status, answer.error) == (400, "unsupported_grant_type")


def test_the_slack_shrinks_with_the_lifetime(server: Server) -> None:
    made = server.client_add(lifetime=30)
    body = server.post(TOKEN, {"grant_type": "client_credentials"}, basic=made.pair).json()
    _, claims = jose.peek(body["access_token"])
    assert body["expires_at"] == claims["exp"] - 2


def test_the_built_in_client_works_nowhere_else(server: Server, user: Any) -> None:
    answer = server.post("/oauth2/token", GRANT | {"client_id": "climate-engine"})
    assert (answer.status, answer.error) == (400, "unauthorized_client")


def test_the_password_grant_can_be_switched_off(server: Server, user: Any) -> None:
    def switch(active: bool) -> None:
        server.operate(lambda engine: engine.store.edit_client("main", "climate-engine", {"active": active}))

    from support.server import poll

    switch(False)
    try:
        poll(lambda: server.post(TOKEN, GRANT).error == "unauthorized_client", 1.5)
        poll(lambda: server.get(BASIC, basic=(EMAIL, PASSWORD)).error == "unauthorized_client", 1.5)
    finally:
        switch(True)
    poll(lambda: server.post(TOKEN, GRANT).status == 200, 1.5)


def test_post_alone_for_one_path_and_get_alone_for_the_other(server: Server, user: Any) -> None:
    assert server.get(TOKEN).status == 405
    assert server.post(BASIC, {}, basic=(EMAIL, PASSWORD)).status == 405
    assert server.call("HEAD", BASIC, basic=(EMAIL, PASSWORD)).status == 405


def test_a_made_token_is_alive_for_its_own_client(server: Server, user: Any) -> None:
    watcher: Made = server.client_add(resources=("https://api.climate.example",))
    assert server.is_active(server.post(TOKEN, GRANT).json()["access_token"], watcher)


@pytest.mark.parametrize("late", [0, 1, 500, 999, 1000, 1050])
def test_expires_in_is_839_or_840_however_the_second_falls(late: int) -> None:
    issued = Issued(Minted("token", "jti", issued_at=1_000, expires_at=1_900), (), None)
    assert reply(issued, 1_000_000 + late)["expires_in"] in (839, 840)
