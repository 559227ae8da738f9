"""A server with people on it, and the JSON API as they call it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.server import Reply, Server, running

TOKEN = "/api/v1/auth/jwt/token"
ME = "/api/v1/users/me"
CLIENTS = "/api/v1/clients/"
TOML = """
[facade.climate_engine]
audiences = ["https://api.climate.example"]
default_roles = ["all-datasets"]
"""


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in: ``call`` sends JSON with their token."""

    server: Server
    email: str
    id: str
    token: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        sent = json.dumps(body).encode() if body is not None else None
        return self.server.call(method, path, body=sent, headers=kind | headers, bearer=self.token)

    def new_client(self) -> tuple[str, str]:
        made = self.call("POST", CLIENTS).json()
        return made["client_id"], made["client_secret"]


def log_in(server: Server, email: str, password: str = "hunter2") -> str:
    found = server.post(TOKEN, {"grant_type": "password", "username": email, "password": password})
    assert found.status == 200, found.body
    return str(found.json()["access_token"])


def as_client(server: Server, pair: tuple[str, str]) -> Reply:
    return server.post(TOKEN, {"grant_type": "client_credentials"}, basic=pair)


def person(server: Server, email: str, **fields: Any) -> Person:
    user = server.user_add(email, **fields)
    return Person(server, email, user.id, log_in(server, email))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("api") / "data", toml=TOML) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> Person:
    return person(server, "ada@example.org", roles=("reader",))


@pytest.fixture(scope="module")
def bob(server: Server) -> Person:
    return person(server, "bob@example.org")


@pytest.fixture(scope="module")
def root(server: Server) -> Person:
    return person(server, "root@example.org", superuser=True)
