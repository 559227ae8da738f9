"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): oidcc-backchannel-rp-initiated-logout, and others who
end a session. Rows 15, 19 and 27."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.oauth import jose, logout_token
from lychgate.oauth.access_token import NotAccepted
from lychgate.server import clock
from lychgate.server.engine import Engine
from lychgate.server.model import AuditRow, User
from lychgate.server.people import accounts
from lychgate.server.secrets import new_id
from support.person import PersonAtBrowser
from support.receiver import Receiver, receiving
from support.relying import EMAIL, PASSWORD, Relying, finish, register, relying
from support.server import ACTOR, Server, poll, running

AFTER = "https://rp.example.org/after"


def listening(op: Server, receiver: Receiver, **metadata: Any) -> tuple[Relying, str]:
    """A client that wants to hear of logouts, and the path where it does."""
    path = f"/{new_id()}"
    wanted = {"backchannel_logout_uri": receiver.url + path, "post_logout_redirect_uris": [AFTER]}
    return relying(op, **(wanted | metadata)), path


def log_out(op: Server, person: PersonAtBrowser, hint: str) -> None:
    person.open(f"{op.url}/logout?{urlencode({'id_token_hint': hint, 'post_logout_redirect_uri': AFTER})}")
    assert person.left_to == AFTER


def told(op: Server, client: str) -> AuditRow:
    """The audit row of what became of telling a client."""
    rows = poll(lambda: op.operate(lambda engine: engine.store.audit(client=client, event="logout.tell")), 20)
    [row] = rows
    assert isinstance(row, AuditRow)
    return row


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_oidcc_backchannel_rp_initiated_logout(op: Server, receiver: Receiver, alg: str) -> None:
    rp, path = listening(op, receiver, id_token_signed_response_alg=alg, backchannel_logout_session_required=True)
    assert rp.about["backchannel_logout_uri"] == receiver.url + path
    assert rp.about["backchannel_logout_session_required"] is True
    person = PersonAtBrowser(op.url)
    found = rp.tokens(person)
    log_out(op, person, found["id_token"])
    claims = receiver.claims(op, rp.id, path)
    assert {name: claims[name] for name in ("sub", "sid")} == {name: found["id"][name] for name in ("sub", "sid")}
    assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}
    assert claims["exp"] - claims["iat"] <= 120
    assert jose.peek(receiver.tokens(path)[0])[0] | {"kid": ""} == {"typ": "logout+jwt", "alg": alg, "kid": ""}
    assert receiver.kinds[-1] == "application/x-www-form-urlencoded"
    assert (told(op, rp.id).outcome, told(op, rp.id).detail) == ("ok", {"tries": 1})


def test_each_client_of_the_session_hears_once_and_nobody_else(op: Server, receiver: Receiver) -> None:
    person, other = PersonAtBrowser(op.url), PersonAtBrowser(op.url)
    (first, one), (second, two), (third, three) = (listening(op, receiver, subject_type="pairwise") for _ in range(3))
    found = [first.tokens(person), first.tokens(person), second.tokens(person)]
    third.tokens(other)
    log_out(op, person, found[-1]["id_token"])
    assert receiver.claims(op, first.id, one)["sub"] == found[0]["id"]["sub"]
    assert receiver.claims(op, second.id, two)["sid"] == found[-1]["id"]["sid"]
    assert (told(op, first.id).outcome, len(receiver.heard[one]), three in receiver.heard) == ("ok", 1, False)


def test_a_client_that_keeps_us_waiting_does_not_keep_the_person(op: Server, receiver: Receiver) -> None:
    rp, path = listening(op, receiver)
    receiver.hold[path] = threading.Event()
    person = PersonAtBrowser(op.url)
    found = rp.tokens(person)
    began = time.monotonic()
    log_out(op, person, found["id_token"])
    assert time.monotonic() - began < 4  # a try takes five seconds
    receiver.tokens(path)
    receiver.hold.pop(path).set()
    assert told(op, rp.id).outcome == "ok"


def test_one_that_fails_is_told_again_and_one_that_refuses_is_not(op: Server, receiver: Receiver) -> None:
    (failing, one), (refusing, two) = (listening(op, receiver) for _ in range(2))
    receiver.answers = {one: [503], two: [400]}
    person = PersonAtBrowser(op.url)
    found = [rp.tokens(person) for rp in (failing, refusing)]
    log_out(op, person, found[0]["id_token"])
    assert len(set(receiver.tokens(one, 2))) == 2
    assert (told(op, failing.id).outcome, told(op, failing.id).detail) == ("ok", {"tries": 2})
    assert (told(op, refusing.id).outcome, told(op, refusing.id).detail) == ("refused", {"tries": 1})


def test_a_redirect_is_not_followed(op: Server, receiver: Receiver) -> None:
    rp, path = listening(op, receiver)
    receiver.answers[path] = [302]
    person = PersonAtBrowser(op.url)
    log_out(op, person, rp.tokens(person)["id_token"])
    assert (told(op, rp.id).outcome, len(receiver.heard[path])) == ("refused", 1)


def test_one_that_gave_its_tokens_back_is_still_told(op: Server, receiver: Receiver) -> None:
    """Its own session with the person goes on without them."""
    rp, path = listening(op, receiver)
    person = PersonAtBrowser(op.url)
    found = rp.tokens(person)
    assert op.post("/oauth2/revoke", {"token": found["access_token"]}, basic=rp.pair).status == 200
    log_out(op, person, found["id_token"])
    assert receiver.claims(op, rp.id, path)["sid"] == found["id"]["sid"]


def test_what_is_left_of_a_session_that_is_no_browsers_any_more_ends_with_its_hint_once(
    op: Server, receiver: Receiver
) -> None:
    """Row 15: the refresh token outlives the browser's session, and the logout reaches it."""
    rp, path = listening(op, receiver, grant_types=["authorization_code", "refresh_token"])
    person = PersonAtBrowser(op.url)
    found = rp.tokens(person)
    stranger = PersonAtBrowser(op.url)
    log_out(op, stranger, found["id_token"])  # the session lives in another browser: it stays
    form = {"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}
    reply = op.post("/oauth2/token", form, basic=rp.pair)
    assert (reply.status, path in receiver.heard) == (200, False)
    op.operate(lambda engine: _forget(engine, found["id"]["sub"], found["id"]["sid"]))
    for _ in range(2):
        log_out(op, stranger, found["id_token"])
    form["refresh_token"] = reply.json()["refresh_token"]
    assert op.post("/oauth2/token", form, basic=rp.pair).error == "invalid_grant"
    assert receiver.claims(op, rp.id, path)["sid"] == found["id"]["sid"]
    assert (told(op, rp.id).outcome, len(receiver.heard[path])) == ("ok", 1)


async def _forget(engine: Engine, user: str, sid: str) -> None:
    """As twelve hours would."""
    [kept] = [one for one in await engine.store.sessions(user) if one.id == sid]
    await engine.store.renew_session(kept.digest, replace(kept, expires_at=kept.created_at))


# --- who else ends a session


def _by_the_person(op: Server, person: PersonAtBrowser, user: User) -> None:
    person.open(f"{op.url}/logout").send({"answer": "log_out"})


def _by_not_you(op: Server, person: PersonAtBrowser, user: User) -> None:
    person.open(f"{op.url}/me")
    session = person.form("/me/sessions/revoke").fields["id"]
    person.send({"id": session}, action="/me/sessions/revoke")


def _in_the_administration(op: Server, person: PersonAtBrowser, user: User) -> None:
    root = PersonAtBrowser(op.url)
    root.open(f"{op.url}/login").log_in("root", PASSWORD)
    [login] = op.operate(lambda engine: engine.store.sessions(user.id))
    root.open(f"{op.url}/admin/sessions/{login.id}/end").send({}, action="/end")


def _by_another_login(op: Server, person: PersonAtBrowser, user: User) -> None:
    person.open(f"{op.url}/login").log_in("bob", PASSWORD)


@pytest.mark.parametrize("end", [_by_the_person, _by_not_you, _in_the_administration, _by_another_login])
def test_whoever_ends_a_session_its_clients_hear(
    op: Server, receiver: Receiver, end: Callable[[Server, PersonAtBrowser, User], None]
) -> None:
    name = f"u{new_id()}"
    user = op.user_add(f"{name}@example.org", PASSWORD, name=name)
    rp, path = listening(op, receiver)
    person = PersonAtBrowser(op.url)
    finish(person.open(rp.address()), name)
    found = rp.redeem(person).json()
    end(op, person, user)
    assert receiver.claims(op, rp.id, path)["sid"] == jose.peek(found["id_token"])[1]["sid"]


@pytest.mark.parametrize("deed", ["disable", "log-out", "remove"])
def test_what_an_administrator_does_to_a_user_their_clients_hear(op: Server, receiver: Receiver, deed: str) -> None:
    """All sessions have ended: the token names the user alone."""
    name = f"u{new_id()}"
    user = op.user_add(f"{name}@example.org", PASSWORD, name=name)
    rp, path = listening(op, receiver)
    finish(person := PersonAtBrowser(op.url).open(rp.address()), name)
    assert rp.redeem(person).status == 200
    root = PersonAtBrowser(op.url)
    root.open(f"{op.url}/login").log_in("root", PASSWORD)
    root.open(f"{op.url}/admin/users/{user.id}/{deed}").send({}, action=f"/{deed}")
    claims = receiver.claims(op, rp.id, path)
    assert (claims["sub"], "sid" in claims) == (user.id, False)


def test_an_operator_who_disables_a_user_at_the_command_line_has_the_clients_told(
    op: Server, receiver: Receiver
) -> None:
    name = f"u{new_id()}"
    user = op.user_add(f"{name}@example.org", PASSWORD, name=name)
    rp, path = listening(op, receiver)
    finish(person := PersonAtBrowser(op.url).open(rp.address()), name)
    assert rp.redeem(person).status == 200
    op.operate(lambda engine: accounts.edit(engine, ACTOR, user, {"active": False}))
    assert receiver.claims(op, rp.id, path)["sub"] == user.id


# --- what must not be


def test_a_logout_token_is_neither_an_access_token_nor_a_hint(op: Server, receiver: Receiver) -> None:
    """Row 19."""
    rp, path = listening(op, receiver)
    person = PersonAtBrowser(op.url)
    log_out(op, person, rp.tokens(person)["id_token"])
    token = receiver.tokens(path)[0]
    reply = op.get("/userinfo", bearer=token)
    assert (reply.status, 'error="invalid_token"' in reply.headers["www-authenticate"]) == (401, True)
    robot = op.client_add()
    assert not op.is_active(token, robot)
    rp.visit(person)
    assert person.open(f"{op.url}/logout?{urlencode({'id_token_hint': token})}").page.status_code == 400
    person.open(rp.address(id_token_hint=token))
    assert person.params["error"] == "invalid_request"


@pytest.mark.parametrize(
    "uri",
    [
        "http://rp.example.org/out",
        "https://127.0.0.1/out",
        "https://169.254.169.254/out",
        "https://[::ffff:10.0.0.1]/out",
        "https://localhost/out",
        "https://rp.example.org/out#x",
        "https://u:p@rp.example.org/out",
        "javascript:alert(1)",
    ],
)
def test_a_client_cannot_have_us_call_inside(op: Server, uri: str) -> None:
    """Row 27, by its look at registration."""
    reply = register(op, backchannel_logout_uri=uri)
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


def test_a_logout_that_finds_nobody_is_noted_and_the_server_ends_in_good_time(tmp_path: Path) -> None:
    """Row 27, when it is sent: a port of this machine is no longer allowed, nothing is sent there."""
    with receiving() as receiver:
        toml = 'registration = "open"\n'
        with running(tmp_path, toml=f'{toml}fetch_allow = ["{receiver.place}"]\n') as server:
            server.user_add(EMAIL, PASSWORD)
            rp, _ = listening(server, receiver)
        with running(tmp_path, toml=toml) as server:
            person = PersonAtBrowser(server.url)
            rp.server = server
            log_out(server, person, rp.tokens(person)["id_token"])
            began = time.monotonic()
            server.stop()
            assert time.monotonic() - began < 12
        assert receiver.heard == {}


def test_what_is_to_be_told_outlives_a_kill_and_is_told_once_by_one_of_two_workers(tmp_path: Path) -> None:
    with receiving() as receiver:
        toml = f'registration = "open"\nfetch_allow = ["{receiver.place}"]\n'
        with running(tmp_path, toml=toml) as server:
            server.user_add(EMAIL, PASSWORD)
            rp, path = listening(server, receiver)
            receiver.answers[path] = [503]
            person = PersonAtBrowser(server.url)
            log_out(server, person, rp.tokens(person)["id_token"])
            receiver.tokens(path)
            poll(lambda: _due_in(server) < 5_000)  # ms: put off, and no more that worker's
            server.stop(signal.SIGKILL)
        with running(tmp_path, "--workers", "2", toml=toml) as server:
            receiver.tokens(path, 2, 30)
            assert (told(server, rp.id).outcome, told(server, rp.id).detail) == ("ok", {"tries": 2})
            assert server.operate(lambda engine: engine.store.next_notice()) is None
        assert len(receiver.heard[path]) == 2


def _due_in(server: Server) -> int:
    """Milliseconds until the next client is to be told."""
    due = server.operate(lambda engine: engine.store.next_notice())
    assert isinstance(due, int)
    return due - clock.now()


def test_a_receiver_checks_what_it_is_told() -> None:
    good = logout_token.claims(issuer="https://a", client_id="c", now=100, lifetime=60, jti="j", subject="s")
    header = {"typ": "logout+jwt", "alg": "ES256"}
    logout_token.require(header, good, issuer="https://a", client_id="c", now=120)
    changes: tuple[dict[str, Any], ...] = (
        {"nonce": "n"},
        {"events": {}},
        {"events": {logout_token.EVENT: 1}},
        {"iss": "https://b"},
        {"aud": "d"},
        {"sub": None},
        {"exp": 80},
    )
    for change in changes:
        with pytest.raises(NotAccepted):
            logout_token.require(header, good | change, issuer="https://a", client_id="c", now=120)
    with pytest.raises(NotAccepted):
        logout_token.require({"typ": "at+jwt"}, good, issuer="https://a", client_id="c", now=120)
