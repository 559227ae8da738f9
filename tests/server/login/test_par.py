"""Pushed authorization requests (RFC 9126) over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.oauth import pkce
from support.person import PersonAtBrowser
from support.server import Made, Reply, Server, running

BACK = "http://127.0.0.1:8888"
EMAIL, PASSWORD = "ada@example.org", "hunter2"
VERIFIER = "v" * 43
WANTED = {"response_type": "code", "redirect_uri": BACK, "state": "s", "scope": "read", "code_challenge_method": "S256"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture
def client(server: Server) -> Made:
    return server.client_add(grants=["authorization_code"], redirect_uris=(BACK,), scopes=("read",))


def push(server: Server, client: Made, **changed: str) -> Reply:
    form = WANTED | {"code_challenge": pkce.challenge(VERIFIER)} | changed
    return server.post("/oauth2/par", form, basic=client.pair)


def visit(server: Server, client_id: str, uri: str) -> PersonAtBrowser:
    query = urlencode({"client_id": client_id, "request_uri": uri})
    return PersonAtBrowser(server.url).open(f"{server.url}/oauth2/authorize?{query}")


def exchange(server: Server, client: Made, code: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return server.post("/oauth2/token", form, basic=client.pair)


def test_a_pushed_request_ends_in_tokens_and_its_url_tells_nothing(server: Server, client: Made) -> None:
    reply = push(server, client)
    assert (reply.status, reply.json()["expires_in"]) == (201, 600)
    person = visit(server, client.id, reply.json()["request_uri"])
    person.log_in(EMAIL, PASSWORD).allow()
    assert person.params["state"] == "s"
    assert exchange(server, client, person.params["code"]).status == 200


def test_a_fresh_login_that_was_pushed_is_asked_for_once(server: Server, client: Made) -> None:
    person = visit(server, client.id, push(server, client, prompt="login").json()["request_uri"])
    person.log_in(EMAIL, PASSWORD).allow()
    assert "code" in person.params


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uri": "https://evil.example"}, "invalid_request"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"client_id": "somebody"}, "invalid_request"),
    ],
)
def test_a_bad_request_is_refused_where_it_is_pushed(
    server: Server, client: Made, changed: dict[str, str], error: str
) -> None:
    assert push(server, client, **changed).error == error


def test_a_push_without_authentication_is_invalid_client(server: Server, client: Made) -> None:
    form = WANTED | {"client_id": client.id, "code_challenge": pkce.challenge(VERIFIER)}
    assert server.post("/oauth2/par", form).error == "invalid_client"


def test_a_request_uri_of_another_client_or_of_nobody_is_a_page(server: Server, client: Made) -> None:
    other = server.client_add(grants=["authorization_code"], redirect_uris=(BACK,))
    uri = push(server, client).json()["request_uri"]
    for id, name in ((other.id, uri), (client.id, uri + "x")):
        person = visit(server, id, name)
        assert (person.page.status_code, person.left_to) == (400, "")
    assert visit(server, client.id, "https://evil.example/request").params["error"] == "request_uri_not_supported"
