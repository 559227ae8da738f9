""" "My account" over plain forms: the password, a code app, recovery codes, and their removal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest

from lychgate.server.model import User
from support.factors import code_app, code_of
from support.person import PersonAtBrowser
from support.server import Server, poll, running

PASSWORD, NEW = "hunter2", "a-new-password"
KEY = re.compile(r'<textarea id="key"[^>]*>\s*([A-Z2-7 ]+)')
CODE = re.compile(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</li>")
numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("account") / "data") as started:
        yield started


@pytest.fixture
def ada(server: Server) -> User:
    return server.user_add(f"ada{next(numbers)}@example.org", PASSWORD)


@pytest.fixture
def person(server: Server, ada: User) -> Iterator[PersonAtBrowser]:
    made = logged_in(server, ada)
    yield made
    made.close()


def logged_in(server: Server, user: User, password: str = PASSWORD) -> PersonAtBrowser:
    return PersonAtBrowser(server.url).open(f"{server.url}/login").log_in(user.email, password)


def events(server: Server, user: User) -> list[tuple[str, str]]:
    rows = server.operate(lambda engine: engine.store.audit(user=user.id))
    return [(row.event, row.detail.get("fields", "")) for row in rows if row.event.startswith(("factor", "user.pass"))]


def test_who_is_not_logged_in_is_asked_to_and_then_comes_to_the_account(server: Server, ada: User) -> None:
    person = PersonAtBrowser(server.url).open(f"{server.url}/me/account").log_in(ada.email, PASSWORD)
    assert "Your account" in person.page.text


def test_a_person_changes_their_name_and_logs_in_with_it(server: Server, person: PersonAtBrowser, ada: User) -> None:
    taken = server.user_add(f"bob{next(numbers)}@example.org", PASSWORD, name="Bob Bobson")
    page = person.open(f"{server.url}/me/account/name")
    for wrong in ("BOB bobson", taken.email, "", "a\u202eb", "service-account-x", "n" * 201):
        assert page.send({"name": wrong}).page.status_code == 400, wrong
    assert "Augusta" in page.send({"name": "Augusta"}).page.text
    assert "Hello" in PersonAtBrowser(server.url).open(f"{server.url}/login").log_in("augusta", PASSWORD).page.text
    assert "Hello" in logged_in(server, ada).page.text  # the address stays
    rows = server.operate(lambda engine: engine.store.audit(user=ada.id, event="user.edit"))
    assert [(row.detail["fields"], row.detail["by"]) for row in rows] == [("name", ada.id)]


def test_a_new_password_ends_the_other_sessions_and_not_this_one(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    other = logged_in(server, ada)
    page = person.open(f"{server.url}/me/account/password")
    assert page.send({"password": "wrong", "new": NEW}).page.status_code == 400
    assert page.send({"password": PASSWORD, "new": "short"[:3]}).page.status_code == 400
    assert "Your account" in page.send({"password": PASSWORD, "new": NEW}).page.text
    assert "Hello" in person.open(f"{server.url}/").page.text
    poll(lambda: "Hello" not in other.open(f"{server.url}/").page.text)
    assert "Hello" in logged_in(server, ada, NEW).page.text
    assert logged_in(server, ada).page.status_code == 403
    assert ("user.password", "not_before password_hash") in events(server, ada)


def test_a_code_app_is_kept_once_its_code_has_come_and_removed_by_the_password(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    found = KEY.search(person.open(f"{server.url}/me/account/totp").page.text)
    assert found is not None
    secret = found[1].replace(" ", "")
    assert person.send({"code": "000000"}).page.status_code == 400
    assert secret in person.page.text.replace(" ", ""), "the same key again, since the app has it by now"
    assert "In use since" in person.send({"code": code_of(secret)}).page.text
    kept = server.operate(lambda engine: engine.store.factors(ada.id))
    assert secret.encode() not in kept[0].sealed
    assert "One more proof" in logged_in(server, ada).page.text

    person.open(f"{server.url}/me/account/totp/remove")
    assert person.send({"password": "wrong"}).page.status_code == 400
    assert "Six digits from an app" in person.send({"password": PASSWORD}).page.text
    assert "Hello" in logged_in(server, ada).page.text
    assert events(server, ada) == [("factor.add", "totp"), ("factor.remove", "totp")]
    assert person.open(f"{server.url}/me/account/totp/remove").page.status_code == 404


def test_recovery_codes_are_shown_once_and_renewed_as_a_whole(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    code_app(server, ada)
    person.open(f"{server.url}/me/account/recovery").send({}, action="/recovery")
    first = CODE.findall(person.page.text)
    assert len(set(first)) == 10
    assert "10 of 10 left" in person.open(f"{server.url}/me/account").page.text
    assert not set(first) & set(CODE.findall(person.open(f"{server.url}/me/account/recovery").page.text))
    kept = server.operate(lambda engine: engine.store.factors(ada.id))
    assert not any(code.encode() in (one.handle or b"") + one.sealed for one in kept for code in first)
    second = CODE.findall(person.send({}, action="/recovery").page.text)
    assert not set(first) & set(second)
    other = logged_in(server, ada).send({"factor": "recovery"})
    assert other.send({"code": first[0]}).page.status_code == 403
    assert "Hello" in other.send({"code": second[0]}).page.text


def test_a_factor_is_added_only_after_a_fresh_login(server: Server, person: PersonAtBrowser, ada: User) -> None:
    from dataclasses import replace

    async def age(engine: object) -> None:
        store = engine.store  # type: ignore[attr-defined]  # the operator's engine
        for session in await store.sessions(ada.id):
            await store.renew_session(session.digest, replace(session, auth_time=session.auth_time - 3_600_000))

    server.operate(age)
    for path in ("totp", "recovery"):
        person.open(f"{server.url}/me/account/{path}")
        assert "Confirm that it is you" in person.page.text
    person.log_in(ada.email, PASSWORD)
    assert "recovery codes" in person.page.text


def test_no_form_of_the_account_works_without_its_proof(server: Server, person: PersonAtBrowser, ada: User) -> None:
    person.open(f"{server.url}/me/account/password")
    forged = person.send({"password": PASSWORD, "new": NEW, "csrf": "x"})
    assert forged.page.status_code == 403
    assert "Hello" in logged_in(server, ada).page.text


def test_passkeys_need_a_name_and_at_an_address_the_page_says_so(server: Server, person: PersonAtBrowser) -> None:
    assert "they need the service&#39;s name" in person.open(f"{server.url}/me/account/passkeys/new").page.text
