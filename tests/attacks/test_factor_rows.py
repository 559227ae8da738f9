"""Rows 30, 46 and 47 of the attacks: sessions at a login, the first administrator, second factors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from lychgate.server.model import User
from support.factors import code_app, code_of
from support.person import PersonAtBrowser
from support.server import Server, running

PASSWORD = "hunter2"
SECRET = re.compile(r"/setup and type  (\S+)")
numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("factor-rows") / "data") as started:
        yield started


@pytest.fixture
def ada(server: Server) -> User:
    return server.user_add(f"ada{next(numbers)}@example.org", PASSWORD)


@pytest.fixture
def person(server: Server) -> Iterator[PersonAtBrowser]:
    made = PersonAtBrowser(server.url)
    yield made
    made.close()


def at_second_step(server: Server, person: PersonAtBrowser, user: User) -> PersonAtBrowser:
    person.open(f"{server.url}/login").log_in(user.email, PASSWORD)
    assert "One more proof" in person.page.text
    return person


def is_in(server: Server, person: PersonAtBrowser) -> bool:
    return "Hello" in person.open(f"{server.url}/").page.text


def test_row_47_a_code_counts_once_and_one_of_two_steps_ago_not_at_all(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    secret = code_app(server, ada)
    at_second_step(server, person, ada).send({"code": code_of(secret, -2)})
    assert person.page.status_code == 403
    assert "not the code of now" in person.page.text
    code = code_of(secret)
    assert "Hello" in person.send({"code": code}).page.text
    other = PersonAtBrowser(server.url)
    at_second_step(server, other, ada).send({"code": code})
    assert other.page.status_code == 403
    assert "has been used" in other.page.text
    assert not is_in(server, other)


def test_row_47_20_guesses_are_slowed_and_the_right_code_too(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    secret = code_app(server, ada)
    at_second_step(server, person, ada)
    seen = [person.send({"code": "000000"}).page.status_code for _ in range(20)]
    assert seen[:9] == [403] * 9
    assert 429 in seen[9:]
    assert "too many tries" in person.send({"code": code_of(secret)}).page.text
    assert not is_in(server, person)


def test_row_30_the_cookie_is_a_new_one_after_each_login(server: Server, person: PersonAtBrowser, ada: User) -> None:
    secret = code_app(server, ada)

    def cookie() -> str:
        return next(one.value or "" for one in person._client.cookies.jar if one.name == "lychgate")

    at_second_step(server, person, ada)
    before = cookie()
    person.send({"code": code_of(secret)})
    assert cookie() != before
    assert is_in(server, person)
    person._client.cookies.jar.clear()
    person._client.cookies.set("lychgate", before)
    assert not is_in(server, person)


def test_row_30_a_second_person_in_the_same_browser_is_not_the_first(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    bob = server.user_add(f"bob{next(numbers)}@example.org", PASSWORD)
    person.open(f"{server.url}/login").log_in(ada.email, PASSWORD)
    assert ada.email in person.open(f"{server.url}/me/account").page.text
    person.open(f"{server.url}/login").log_in(bob.email, PASSWORD)
    assert bob.email in person.open(f"{server.url}/me/account").page.text
    assert ada.email not in person.page.text


def test_row_46_the_set_up_page_makes_one_administrator_for_whoever_has_the_code(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        code = next(found[1] for line in server.said if (found := SECRET.search(line)))
        people = [PersonAtBrowser(server.url).open(f"{server.url}/setup") for _ in range(8)]

        def send(n: int, **more: str) -> int:
            typed = {"name": f"boss{n}", "email": f"boss{n}@example.org", "password": PASSWORD}
            return int(people[n].send(typed | more, action="/setup").page.status_code)

        assert send(0) == 403, "no code"
        assert send(0, secret="2222-2222") == 403
        assert send(0, secret=code, csrf="x") == 403
        people = [one.open(f"{server.url}/setup") for one in people]
        with ThreadPoolExecutor(8) as pool:
            seen = sorted(pool.map(lambda n: send(n, secret=code.lower()), range(8)))
        assert seen == [200] + [404] * 7
        found = server.operate(lambda engine: engine.store.users())
        assert [(user.superuser, user.active) for user in found] == [(True, True)]
        assert server.get("/setup").status == 404
        assert len(server.operate(lambda engine: engine.store.audit(event="set-up"))) == 1
    with running(tmp_path / "data") as server:
        assert not any("/setup" in line for line in server.said)


def test_row_46_guesses_are_slowed_and_an_administrator_of_the_command_line_ends_it(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        code = next(found[1] for line in server.said if (found := SECRET.search(line)))
        person = PersonAtBrowser(server.url).open(f"{server.url}/setup")
        typed = {"name": "boss", "email": "boss@example.org", "password": PASSWORD}
        seen = [person.send(typed | {"secret": "2222-2222"}, action="/setup").page.status_code for _ in range(12)]
        assert seen[:9] == [403] * 9
        assert seen[-1] == 429
        assert person.send(typed | {"secret": code}, action="/setup").page.status_code == 429
        server.user_add("root@example.org", PASSWORD, superuser=True)
        assert person.open(f"{server.url}/setup").page.status_code == 404
