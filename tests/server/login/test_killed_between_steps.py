"""A server that is killed between any two steps of a login: it goes on where it was, and so does the next one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.oauth import pkce
from lychgate.oauth.device import GRANT as DEVICE
from support.node import free_port
from support.person import PersonAtBrowser
from support.server import Made, Reply, Server, running

BACK, VERIFIER = "http://127.0.0.1:8888", "v" * 43
EMAIL, PASSWORD = "ada@example.org", "hunter2"
GRANTS = ["authorization_code", "refresh_token", DEVICE]


class Mortal:
    """``lychgate serve`` on one port and one folder, again and again; each death is by SIGKILL."""

    def __init__(self, data: Path) -> None:
        self._data, self._port, self._lives = data, free_port(), ExitStack()
        self._rise()
        self.server.user_add(EMAIL, PASSWORD)
        self.app = self.server.client_add(methods=["none"], grants=GRANTS, redirect_uris=(BACK,), scopes=("read",))

    def _rise(self) -> None:
        self.server: Server = self._lives.enter_context(running(self._data, "--port", str(self._port)))

    def dies(self) -> None:
        """Killed and started again, and then somebody else logs in from the first step to the last."""
        self.server.stop(signal.SIGKILL)
        self._lives.close()
        self._rise()
        with browsing(self.server) as another:
            log_in(another.open(address(self.server, self.app)))
            assert redeem(self, another.params["code"]).status == 200

    def close(self) -> None:
        self._lives.close()


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    made = Mortal(tmp_path_factory.mktemp("mortal") / "data")
    yield made
    made.close()


@pytest.fixture
def person(mortal: Mortal) -> Iterator[PersonAtBrowser]:
    with browsing(mortal.server) as made:
        yield made


@contextmanager
def browsing(server: Server) -> Iterator[PersonAtBrowser]:
    person = PersonAtBrowser(server.url)
    yield person
    person.close()


def address(server: Server, app: Made) -> str:
    query = {
        "response_type": "code",
        "client_id": app.id,
        "redirect_uri": BACK,
        "scope": "read",
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"{server.url}/oauth2/authorize?{urlencode(query)}"


def log_in(person: PersonAtBrowser) -> None:
    """The rest of a login, whichever pages it shows: consent is not asked for a second time."""
    person.log_in(EMAIL, PASSWORD)
    if not person.left_to:
        person.allow()


def post(mortal: Mortal, **form: str) -> Reply:
    return mortal.server.post("/oauth2/token", form | {"client_id": mortal.app.id})


def redeem(mortal: Mortal, code: str) -> Reply:
    return post(mortal, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)


def refresh(mortal: Mortal, token: str) -> Reply:
    return post(mortal, grant_type="refresh_token", refresh_token=token)


def given(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json()
    return found


def test_a_login_by_code_goes_on_after_each_death(mortal: Mortal, person: PersonAtBrowser) -> None:
    person.open(address(mortal.server, mortal.app) + "&prompt=consent")
    mortal.dies()
    person.log_in(EMAIL, PASSWORD)
    mortal.dies()
    code = person.allow().params["code"]
    mortal.dies()
    first = given(redeem(mortal, code))
    mortal.dies()
    second = given(refresh(mortal, first["refresh_token"]))
    mortal.dies()
    assert given(refresh(mortal, first["refresh_token"]))["refresh_token"] == second["refresh_token"]
    assert given(refresh(mortal, second["refresh_token"]))["refresh_token"] != second["refresh_token"]
    assert redeem(mortal, code).error == "invalid_grant"


def test_a_login_by_device_goes_on_after_each_death(mortal: Mortal, person: PersonAtBrowser) -> None:
    device = given(mortal.server.post("/oauth2/device", {"client_id": mortal.app.id, "scope": "read"}))
    mortal.dies()
    person.open(device["verification_uri_complete"])
    mortal.dies()
    person.send({"user_code": device["user_code"]})
    mortal.dies()
    person.log_in(EMAIL, PASSWORD)
    mortal.dies()
    person.send({"user_code": device["user_code"]})
    mortal.dies()
    person.allow()
    mortal.dies()
    first = given(post(mortal, grant_type=DEVICE, device_code=device["device_code"]))
    mortal.dies()
    assert post(mortal, grant_type=DEVICE, device_code=device["device_code"]).error == "invalid_grant"
    given(refresh(mortal, first["refresh_token"]))


def test_a_death_in_the_middle_of_refreshes_loses_no_login(mortal: Mortal, person: PersonAtBrowser) -> None:
    log_in(person.open(address(mortal.server, mortal.app)))
    first = given(redeem(mortal, person.params["code"]))
    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(refresh, mortal, first["refresh_token"]) for _ in range(40)]
        tries[0].result(20)
        mortal.server.process.kill()
        for one in tries:
            with suppress(OSError, HTTPException):  # what a cut connection looks like
                one.result(20)
    mortal.dies()
    second = given(refresh(mortal, first["refresh_token"]))
    given(refresh(mortal, second["refresh_token"]))
