"""The device grant over real sockets (RFC 8628), with a person who types the code into our page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lychgate.oauth.device import GRANT
from support.person import PersonAtBrowser
from support.server import Made, Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as started:
        started.user_add(EMAIL, PASSWORD)
        started.user_add("bob@example.org", PASSWORD)
        yield started


@pytest.fixture
def client(server: Server) -> Made:
    return server.client_add(methods=["none"], grants=[GRANT, "refresh_token"], scopes=("read",))


@pytest.fixture
def person(server: Server) -> Iterator[PersonAtBrowser]:
    person = PersonAtBrowser(server.url)
    yield person
    person.close()


def start(server: Server, client: Made, **fields: str) -> dict[str, Any]:
    reply = server.post("/oauth2/device", {"client_id": client.id, **fields})
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json()
    return found


def poll(server: Server, client: Made, started: dict[str, Any]) -> Any:
    form = {"grant_type": GRANT, "device_code": started["device_code"], "client_id": client.id}
    return server.post("/oauth2/token", form)


def type_code(person: PersonAtBrowser, server: Server, code: str) -> PersonAtBrowser:
    return person.open(f"{server.url}/device").send({"user_code": code})


def answer(person: PersonAtBrowser, server: Server, started: dict[str, Any], said: str) -> None:
    """By the link: log in, confirm the code that is filled in, answer."""
    person.open(started["verification_uri_complete"])
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]})
    person.log_in(EMAIL, PASSWORD)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).send({"answer": said})


def test_a_device_gets_tokens_once_the_person_has_allowed_it(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    started = start(server, client, scope="openid read")
    assert poll(server, client, started).error == "authorization_pending"
    answer(person, server, started, "allow")
    time.sleep(started["interval"])
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: poll(server, client, started), range(8)))
    assert [reply.status for reply in replies].count(200) == 1
    body = next(reply.json() for reply in replies if reply.status == 200)
    assert {"access_token", "refresh_token", "id_token"} <= set(body)
    assert poll(server, client, started).error == "invalid_grant"


def test_row_12_a_refusal_reaches_the_device(server: Server, client: Made, person: PersonAtBrowser) -> None:
    started = start(server, client)
    answer(person, server, started, "refuse")
    assert poll(server, client, started).error == "access_denied"


def test_row_12_a_poll_that_comes_too_early_is_told_to_slow_down(server: Server, client: Made) -> None:
    started = start(server, client)
    assert poll(server, client, started).error == "authorization_pending"
    assert poll(server, client, started).error == "slow_down"


def test_row_12_six_guesses_are_slowed_and_a_stranger_is_not(server: Server, client: Made) -> None:
    started = start(server, client)
    guesser, other = PersonAtBrowser(server.url), PersonAtBrowser(server.url)
    for who, name in ((guesser, "bob@example.org"), (other, EMAIL)):
        who.open(f"{server.url}/login").log_in(name, PASSWORD)
    seen = [type_code(guesser, server, "BBBB-BBBB").page.status_code for _ in range(6)]
    assert seen == [403] * 5 + [429]
    assert type_code(guesser, server, started["user_code"]).page.status_code == 429
    assert type_code(other, server, started["user_code"]).page.status_code == 200


def test_row_12_another_clients_device_code_is_unknown(server: Server, client: Made) -> None:
    other = server.client_add(methods=["none"], grants=[GRANT])
    assert poll(server, other, start(server, client)).error == "invalid_grant"


def test_a_client_that_is_not_registered_for_devices_is_refused(server: Server) -> None:
    robot = server.client_add()
    reply = server.post("/oauth2/device", {}, basic=robot.pair)
    assert (reply.status, reply.error) == (400, "unauthorized_client")


def test_a_person_outside_the_clients_groups_sees_a_page_that_says_which(
    server: Server, person: PersonAtBrowser
) -> None:
    limited = server.client_add(methods=["none"], grants=[GRANT], groups=("physics",))
    started = start(server, limited)
    person.open(f"{server.url}/login").log_in(EMAIL, PASSWORD)
    page = type_code(person, server, started["user_code"]).page
    assert (page.status_code, "physics" in page.text) == (403, True)
    assert page.headers["content-type"].startswith("text/html")
    assert poll(server, limited, started).error == "authorization_pending"


def test_row_29_a_decision_from_another_site_changes_nothing(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    started = start(server, client)
    person.open(f"{server.url}/login").log_in(EMAIL, PASSWORD)
    type_code(person, server, started["user_code"])
    assert person.send({"answer": "allow"}, Origin="https://evil.example").page.status_code == 403
    assert poll(server, client, started).error == "authorization_pending"
