"""The second step of a login: a code app or a recovery code after the password, over plain forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import pytest

from lychgate.oauth import pkce
from lychgate.server.model import User
from lychgate.server.people import accounts, enrol
from support.factors import code_app, code_of, codes_of
from support.person import PersonAtBrowser
from support.server import ACTOR, Made, Server, running

PASSWORD, BACK, VERIFIER = "hunter2", "http://127.0.0.1:8888", "v" * 43
numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("second") / "data") as started:
        yield started


@pytest.fixture
def ada(server: Server) -> User:
    return server.user_add(f"ada{next(numbers)}@example.org", PASSWORD)


@pytest.fixture
def app(server: Server) -> Made:
    return server.client_add(methods=["none"], grants=["authorization_code"], redirect_uris=(BACK,), scopes=("read",))


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


def authorize(server: Server, app: Made, **more: str) -> str:
    asked = f"response_type=code&scope=openid&client_id={app.id}&redirect_uri={BACK}&code_challenge_method=S256"
    asked += f"&code_challenge={pkce.challenge(VERIFIER)}" + "".join(f"&{name}={value}" for name, value in more.items())
    return f"{server.url}/oauth2/authorize?{asked}"


def said_of(server: Server, app: Made, code: str) -> dict[str, object]:
    """The claims of the ID token."""
    from joserfc import jws

    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    reply = server.post("/oauth2/token", form | {"client_id": app.id})
    assert reply.status == 200, reply.body
    found: dict[str, object] = json.loads(jws.extract_compact(reply.json()["id_token"].encode()).payload)
    return found


def test_the_password_alone_lets_nobody_in_who_has_a_code_app(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    secret = code_app(server, ada)
    at_second_step(server, person, ada)
    assert not is_in(server, person)
    at_second_step(server, person, ada).send({"code": code_of(secret)})
    assert "Hello" in person.page.text


def test_a_recovery_code_stands_in_once_however_it_is_written(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    code_app(server, ada)
    first, *_ = codes_of(server, ada)
    at_second_step(server, person, ada).send({"factor": "recovery"}, action="/login/second")
    person.send({"factor": "recovery"})
    assert "Recovery code" in person.page.text
    assert "Hello" in person.send({"code": first.lower().replace("-", " ")}).page.text
    other = PersonAtBrowser(server.url)
    at_second_step(server, other, ada).send({"factor": "recovery"})
    assert other.send({"code": first}).page.status_code == 403


def test_recovery_codes_alone_ask_for_nothing(server: Server, person: PersonAtBrowser, ada: User) -> None:
    codes_of(server, ada)
    assert "Hello" in person.open(f"{server.url}/login").log_in(ada.email, PASSWORD).page.text


def test_the_step_belongs_to_the_browser_that_typed_the_password(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    secret = code_app(server, ada)
    stolen = at_second_step(server, person, ada).form("/login/second").fields["ticket"]
    thief = PersonAtBrowser(server.url).open(f"{server.url}/login")
    csrf = thief.form().fields["csrf"]
    thief._follow(
        thief._client.post(
            f"{server.url}/login/second",
            data={"csrf": csrf, "ticket": stolen, "factor": "totp", "code": code_of(secret)},
        )
    )
    assert "Your session has ended" in thief.page.text
    assert not is_in(server, thief)


def test_a_new_password_ends_a_step_that_was_begun_with_the_old_one(
    server: Server, person: PersonAtBrowser, ada: User
) -> None:
    secret = code_app(server, ada)
    at_second_step(server, person, ada)
    server.operate(lambda engine: accounts.set_password(engine, ACTOR, ada, "another-one"))
    assert "Your session has ended" in person.send({"code": code_of(secret)}).page.text


def test_a_program_learns_how_sure_the_login_was(server: Server, person: PersonAtBrowser, ada: User, app: Made) -> None:
    secret = code_app(server, ada)
    person.open(authorize(server, app)).log_in(ada.email, PASSWORD)
    assert "form-action 'self' http:" in person.page.headers["content-security-policy"]
    person.send({"code": code_of(secret)})
    person = person if person.left_to else person.allow()
    said = said_of(server, app, person.params["code"])
    assert (said["acr"], said["amr"]) == ("2", ["pwd", "otp", "mfa"])


def test_a_surer_login_is_asked_for_where_the_person_can_have_one(
    server: Server, person: PersonAtBrowser, ada: User, app: Made
) -> None:
    person.open(authorize(server, app)).log_in(ada.email, PASSWORD)
    person.allow()
    assert person.open(authorize(server, app, acr_values="2")).left_to, "nothing surer can be had: go on"
    secret = code_app(server, ada)
    assert person.open(authorize(server, app)).left_to, "nothing surer is wanted: go on"
    person.open(authorize(server, app, acr_values="2"))
    assert "Confirm that it is you" in person.page.text
    person.log_in(ada.email, PASSWORD).send({"code": code_of(secret)})
    assert said_of(server, app, person.params["code"])["acr"] == "2"
    assert person.open(authorize(server, app, acr_values="2")).left_to


def test_the_password_grant_is_no_way_past_a_second_factor(server: Server, ada: User) -> None:
    robot = server.client_add(grants=["password"], scopes=("read",))
    form = {"grant_type": "password", "username": ada.email, "password": PASSWORD}
    assert server.post("/oauth2/token", form, basic=robot.pair).status == 200
    code_app(server, ada)
    reply = server.post("/oauth2/token", form, basic=robot.pair)
    assert (reply.status, reply.error) == (400, "invalid_grant")
    assert "second factor" in reply.json()["error_description"]


def test_an_operator_takes_lost_factors_away(server: Server, person: PersonAtBrowser, ada: User) -> None:
    code_app(server, ada)
    codes_of(server, ada)
    at_second_step(server, person, ada)
    assert server.operate(lambda engine: enrol.forget(engine, ACTOR, ada)) == 11
    assert "Your session has ended" in person.send({"code": "000000"}).page.text
    assert "Hello" in person.log_in(ada.email, PASSWORD).page.text
    rows = server.operate(lambda engine: engine.store.audit(user=ada.id, event="user.forget_factors"))
    assert [row.detail["fields"] for row in rows] == ["recovery totp"]
