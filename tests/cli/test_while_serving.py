"""The operators' commands beside a running server: what they change holds there within a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.postgres import server as postgres_server
from support.server import Server, running

from .conftest import Operate

TOKEN, ME = "/api/v1/auth/jwt/token", "/api/v1/users/me"
FORM = {"grant_type": "client_credentials"}
LOGIN = {"grant_type": "password", "username": "ada@example.org", "password": "hunter2"}
SOON = 1.0  # seconds


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, data: Path) -> Iterator[Server]:
    folder = data / request.param
    if request.param == "sqlite":
        with running(folder) as started:
            yield started
    else:
        with postgres_server() as postgres, running(folder, "--database", postgres.empty()) as started:
            yield started


@pytest.fixture
def beside(server: Server, operate: Operate, monkeypatch: pytest.MonkeyPatch) -> Operate:
    """The command line on the server's folder and database, which the environment names."""

    def run(*arguments: str, stdin: str = "") -> Any:
        monkeypatch.setenv("LYCHGATE_DATA", str(server.data))
        if server.flags["database"]:
            monkeypatch.setenv("LYCHGATE_DATABASE", str(server.flags["database"]))
        said = operate(*arguments, stdin=stdin)
        assert said.status == 0, said.err
        return said

    return run


def _soon(check: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < SOON
        time.sleep(0.02)


def test_a_person_made_meanwhile_logs_in_and_is_out_once_disabled(server: Server, beside: Operate):
    beside("user", "add", "ada@example.org", "--password-stdin", stdin="hunter2\n")
    token = server.post(TOKEN, LOGIN).json()["access_token"]
    assert server.get(ME, bearer=token).status == 200
    beside("user", "disable", "ada@example.org")
    _soon(lambda: server.get(ME, bearer=token).status == 401)
    assert server.post(TOKEN, LOGIN).error == "invalid_grant"
    beside("user", "enable", "ada@example.org")
    _soon(lambda: server.post(TOKEN, LOGIN).status == 200)
    assert server.get(ME, bearer=token).status == 401


def test_a_new_password_ends_what_the_old_one_opened(server: Server, beside: Operate):
    beside("user", "add", "bob@example.org", "--password-stdin", stdin="hunter2\n")
    login = LOGIN | {"username": "bob@example.org"}
    token = server.post(TOKEN, login).json()["access_token"]
    assert server.get(ME, bearer=token).status == 200
    beside("user", "password", "bob@example.org", "--password-stdin", stdin="hunter3\n")
    _soon(lambda: server.get(ME, bearer=token).status == 401)
    assert server.post(TOKEN, login | {"password": "hunter3"}).status == 200


def test_a_client_made_edited_rotated_disabled_and_removed_meanwhile(server: Server, beside: Operate):
    secret = beside("client", "add", "--id", "robot", "--scope", "a", "--json").json()["client_secret"]

    def ask(given: str, **more: str) -> Any:
        return server.post("/oauth2/token", FORM | more, basic=("robot", given))

    assert ask(secret).json()["scope"] == "a"
    beside("client", "edit", "robot", "--scope", "a", "--scope", "b", "--lifetime", "60")
    _soon(lambda: ask(secret, scope="b").status == 200)
    assert ask(secret).json()["expires_in"] == 60
    new = beside("client", "rotate-secret", "robot", "--keep", "0", "--json").json()["client_secret"]
    _soon(lambda: ask(new).status == 200)
    assert ask(secret).error == "invalid_client"
    beside("client", "disable", "robot")
    _soon(lambda: ask(new).error == "invalid_client")
    beside("client", "enable", "robot")
    _soon(lambda: ask(new).status == 200)
    beside("client", "remove", "robot", "--yes")
    _soon(lambda: ask(new).error == "invalid_client")


def test_a_key_rotated_meanwhile_is_published_and_one_rotated_at_once_signs(server: Server, beside: Operate):
    beside("keys", "rotate")
    ids = {key["kid"] for key in beside("keys", "list", "--json").json()}
    _soon(lambda: {key["kid"] for key in server.get("/jwks").json()["keys"]} == ids)
    beside("keys", "rotate", "--at-once")
    _soon(lambda: len(server.get("/jwks").json()["keys"]) == len(ids) + 1)


def test_the_audit_log_shows_the_tokens_that_the_server_gave(server: Server, beside: Operate):
    made = beside("client", "add", "--id", "watched", "--json").json()
    assert server.post("/oauth2/token", FORM, basic=("watched", made["client_secret"])).status == 200

    def rows() -> list[Any]:
        return list(beside("audit", "--client", "watched", "--event", "token", "--json").json())

    _soon(lambda: len(rows()) == 1)
    assert (rows()[0]["grant"], rows()[0]["outcome"]) == ("client_credentials", "ok")
