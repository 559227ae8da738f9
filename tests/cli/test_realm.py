"""``lychgate realm ...`` beside a server of two workers: both know what has changed within a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.realm import PROTOCOL, Realm
from support.server import Server, running

from .conftest import Operate

FORM = {"grant_type": "client_credentials"}
SOON = 1.0  # seconds
IN_A_ROW = 16  # requests, after which both workers have been asked


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    with running(data, "--workers", "2") as started:
        yield started


def _soon(check: Callable[[], bool]) -> None:
    """No request that is sent a second from now on is answered as before."""
    began = late = time.monotonic()
    agreed = 0
    while agreed < IN_A_ROW:
        asked = time.monotonic()
        agreed = agreed + 1 if check() else 0
        late = late if agreed else asked
        assert asked - began < 20
    assert late - began < SOON


def test_a_realm_lives_and_ends_on_both_workers(server: Server, operate: Operate) -> None:
    where = "/realms/compute"
    assert server.get(where).status == 404
    assert operate("realm", "add", "compute").status == 0
    _soon(lambda: server.get(where).status == 200)
    secret = operate("client", "add", "--realm", "compute", "--id", "robot", "--json").json()["client_secret"]
    _soon(lambda: server.post(f"{where}{PROTOCOL}/token", FORM, basic=("robot", secret)).status == 200)
    token = server.post(f"{where}{PROTOCOL}/token", FORM, basic=("robot", secret)).json()["access_token"]

    changes = ("--display-name", "Compute cluster", "--audience", "https://wps.example.org", "--alg", "ES256")
    found = operate("realm", "edit", "compute", *changes, "--json").json()
    assert (found["display_name"], found["alg"]) == ("Compute cluster", "ES256")
    _soon(lambda: b"Compute cluster" in server.get(f"{where}/login").body)
    assert operate("realm", "edit", "compute", "--display-name", "").status == 0
    assert operate("realm", "list", "--json").json()[0]["display_name"] is None

    said = operate("realm", "remove", "compute", "--yes")
    assert (said.status, "has 1 client" in said.err) == (1, True)
    said = operate("realm", "remove", "compute", "--with-clients", stdin="n\n")
    assert (said.status, "Remove the realm compute and its 1 client" in said.err) == (1, True)
    assert server.get(where).status == 200
    assert operate("realm", "remove", "compute", "--with-clients", "--yes").status == 0
    _soon(lambda: server.get(where).status == 404)
    assert operate("realm", "remove", "compute", "--yes").status == 1
    _of_the_same_name(server, operate, token)


def _of_the_same_name(server: Server, operate: Operate, token: str) -> None:
    """A new realm, with a client of the same id: a token of the one before is nothing there."""
    id = operate("realm", "add", "compute", "--json").json()["realm"]
    secret = operate("client", "add", "--realm", "compute", "--id", "robot", "--json").json()["client_secret"]
    realm = Realm(server, id, "compute")
    _soon(lambda: realm.post("/token", FORM, basic=("robot", secret)).status == 200)
    for _ in range(IN_A_ROW):
        asked = realm.post("/token/introspect", {"token": token}, basic=("robot", secret))
        assert (asked.status, asked.json()) == (200, {"active": False})
    events = [one["event"] for one in operate("audit", "--json").json()]
    assert {"realm.add", "realm.edit", "realm.remove"} <= set(events)
