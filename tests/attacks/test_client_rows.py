"""The rows of bad input that the client's core meets, on real sockets: each test is named after its row."""

from __future__ import annotations

import base64
import logging
import signal
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.password import Password
from lychgate.client.sources.refresh import Refresh
from lychgate.issuer import clock, discovery
from lychgate.kernel.errors import (
    ConfigError,
    InsecureError,
    LoginDead,
    LychgateError,
    NotReplayable,
    Refused,
    TransientError,
)
from lychgate.kernel.http import Request
from lychgate.oauth import jose
from lychgate.testing import faults
from lychgate.testing.chaos import ChaosIssuer
from lychgate.world.stores.file import FileStore
from support.callers import Caller
from support.play import Play, token
from support.processes import output, python, until

SECRET = "robot-secret-of-the-tests-0123456789"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    discovery.forget()
    monkeypatch.setattr(clock, "_offsets", {})


@pytest.fixture
def issuer() -> Iterator[ChaosIssuer]:
    with ChaosIssuer(rotate=True, grace=30) as made:
        yield made


def robot(at: ChaosIssuer, /, **more: Any) -> ClientCredentials:
    return ClientCredentials(
        **{"token_endpoint": at.token_endpoint, "client_id": "robot", "client_secret": SECRET, **more}
    )


def login(at: ChaosIssuer, /, **more: Any) -> Refresh:
    given = {"token_endpoint": at.token_endpoint, "client_id": "robot", "client_secret": SECRET, **more}
    return Refresh(**{"refresh_token": at.login(), **given})


# --- C2

PASSING = {
    "502": faults.status(502),
    "503 with Retry-After": faults.status(503, retry_after="1"),
    "429": faults.status(429),
    "no answer": faults.dropped(),
    "no answer, nothing done": faults.dropped(acted=False),
    "half a body": faults.half(),
    "HTML": faults.html(),
    "HTML of a proxy": faults.html(503),
    "JSON that is no object": faults.answer(["access_token"]),
    "a 200 that says temporarily_unavailable": faults.answer({"error": "temporarily_unavailable"}),
}


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("kind", [robot, login], ids=["client_credentials", "refresh"])
def test_c2_a_passing_fault_of_the_token_endpoint_is_tried_again(issuer: ChaosIssuer, kind: Any, name: str) -> None:
    issuer.plan(PASSING[name])
    assert Caller(kind(issuer)).get(issuer.api) == 200
    assert issuer.token_requests == 2


@pytest.mark.parametrize("name", PASSING)
def test_c2_a_fault_that_stays_is_a_transient_error_and_the_login_is_kept(
    issuer: ChaosIssuer, tmp_path: Path, name: str
) -> None:
    source = login(issuer)
    caller = Caller(source, tmp_path)
    caller.get(issuer.api)
    kept = FileStore(tmp_path).load(source.cache_key())
    issuer.end_access()
    issuer.plan(*[PASSING[name]] * 3)
    with pytest.raises(TransientError):
        caller.get(issuer.api)
    assert FileStore(tmp_path).load(source.cache_key()) == kept
    until(lambda: time.time() > caller.auth.renewal._retry_at)
    assert caller.get(issuer.api) == 200


def test_c2_a_timeout_is_a_transient_error(issuer: ChaosIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(robot(issuer))
    send = caller.world.wire.send
    monkeypatch.setattr(caller.world.wire, "send", lambda request, timeout, **how: send(request, 0.1, **how))
    issuer.plan(*[faults.slow(1)] * 3)
    with pytest.raises(TransientError):
        caller.token()


def test_c2_a_long_retry_after_is_told_and_respected(issuer: ChaosIssuer) -> None:
    caller = Caller(robot(issuer))
    issuer.plan(faults.status(503, retry_after="3600"))
    for _ in range(3):
        with pytest.raises(TransientError) as caught:
            caller.token()
        assert 3590 < caught.value.retry_after <= 3600  # type: ignore[operator]  # it is there
    assert issuer.token_requests == 1


def test_c2_a_200_with_an_error_is_the_servers_refusal(issuer: ChaosIssuer) -> None:
    issuer.plan(faults.answer({"error": "invalid_scope", "error_description": "no such scope"}))
    with pytest.raises(Refused, match="no such scope"):
        Caller(robot(issuer)).token()


def test_c2_a_password_is_never_sent_twice_by_itself(issuer: ChaosIssuer) -> None:
    issuer.plan(faults.status(503))
    source = Password(token_endpoint=issuer.token_endpoint, username="ada", password="ada-password")
    with pytest.raises(TransientError):
        Caller(source).token()
    assert issuer.token_requests == 1


# --- C3


@pytest.mark.parametrize("value", [None, "900", 0, -900, 1e99, "soon", [], True, "NaN"], ids=repr)
def test_c3_a_strange_expires_in_is_handled(issuer: ChaosIssuer, value: object) -> None:
    issuer.changes.update(expires_in=value, expires_at=None)
    caller = Caller(login(issuer))
    for _ in range(5):
        assert caller.get(issuer.api) == 200
    assert issuer.token_requests == 1
    issuer.end_access()
    assert caller.get(issuer.api) == 200


def test_c3_the_old_refresh_token_is_kept_when_none_comes(tmp_path: Path) -> None:
    with ChaosIssuer(rotate=False) as issuer:
        issuer.changes["refresh_token"] = None
        source = login(issuer)
        caller = Caller(source, tmp_path)
        for _ in range(3):
            assert caller.get(issuer.api) == 200
            issuer.end_access()
        assert issuer.token_requests == 3
        kept = FileStore(tmp_path).load(source.cache_key())
        assert kept is not None
        assert kept.data["refresh"] == source._given.reveal()


# --- C4


def test_c4_a_siblings_rotation_is_adopted_before_the_login_is_called_dead(tmp_path: Path) -> None:
    """Two stores that cannot see one another's locks (two machines, say) but do share the file."""
    with ChaosIssuer(rotate=True, grace=0) as issuer:
        source = login(issuer)
        here, there = Caller(source, tmp_path), Caller(source, tmp_path)
        here.get(issuer.api)
        issuer.end_access()
        stale = FileStore(tmp_path).load(source.cache_key())
        assert there.get(issuer.api) == 200
        now_kept = FileStore(tmp_path).load(source.cache_key())
        real = here.world.store.load
        loads = iter([stale])  # what this one read a moment before the sibling wrote
        here.world._now[_load_step()] = lambda step: next(loads, None) or real(step.key)
        issuer.seen.clear()
        issuer._logins[now_kept.data["refresh"]].alive = True  # type: ignore[union-attr]  # it is there
        assert here.get(issuer.api) == 200
        assert here.token() == now_kept.data["access"]  # type: ignore[union-attr]  # it is there
        assert issuer.token_requests == 1


def _load_step() -> type:
    from lychgate.kernel.steps import Load

    return Load


# --- C5

KILLED = """
import os, sys, time
from pathlib import Path
from support.callers import Caller
from lychgate.client.sources.refresh import Refresh
from lychgate.world.stores import file

store, endpoint, refresh, where, mark = sys.argv[1:6]
caller = Caller(Refresh(token_endpoint=endpoint, client_id="robot", client_secret="%s", refresh_token=refresh), store)

def hang(*args):
    Path(mark).touch()
    time.sleep(60)

if where == "before":
    file.FileStore.save = hang
elif where == "during":
    os.replace = hang
print(caller.token())
""".replace("%s", SECRET)


@pytest.mark.parametrize("where", ["before", "during"])
@pytest.mark.parametrize("kept", [False, True], ids=["nothing kept yet", "a login kept"])
def test_c5_killed_between_reply_and_write_the_next_process_goes_on_within_the_grace_window(
    issuer: ChaosIssuer, tmp_path: Path, where: str, kept: bool
) -> None:
    folder, refresh = str(tmp_path / "tokens"), issuer.login()
    before = 0
    if kept:
        output(python(KILLED, folder, issuer.token_endpoint, refresh, "", ""))
        issuer.end_access()
        _end(folder)
        before = 1
    for number in (1, 2):
        mark = tmp_path / f"mark-{number}"
        leader = python(KILLED, folder, issuer.token_endpoint, refresh, where, str(mark))
        until(mark.exists)
        leader.send_signal(signal.SIGKILL)
        leader.communicate(timeout=10)
    text = output(python(KILLED, folder, issuer.token_endpoint, refresh, "", "")).strip()
    assert issuer.accepts(text, time.time())
    assert issuer.token_requests == before + 3  # one more for each leader killed
    assert not list(Path(folder).glob("*.corrupt*"))
    assert [record.data["access"] for record in _records(folder)] == [text]


@pytest.mark.parametrize("where", ["before", "during"])
def test_c5_killed_between_reply_and_write_without_a_grace_window_an_error_says_who_must_log_in(
    tmp_path: Path, where: str
) -> None:
    with ChaosIssuer(rotate=True, grace=0) as issuer:
        folder, refresh, mark = str(tmp_path / "tokens"), issuer.login(), tmp_path / "mark"
        leader = python(KILLED, folder, issuer.token_endpoint, refresh, where, str(mark))
        until(mark.exists)
        leader.send_signal(signal.SIGKILL)
        leader.communicate(timeout=10)
        source = login(issuer, refresh_token=refresh)
        with pytest.raises(LoginDead) as caught:
            Caller(source, folder).token()
        assert caught.value.command == f"lychgate login {issuer.token_endpoint}"
        assert issuer.token_requests == 2


def _records(folder: str) -> list[Any]:
    store = FileStore(folder)
    return [store.load(key) for key in list(store.keys())]


def _end(folder: str) -> None:
    """Have the kept access token be ended by its time."""
    from dataclasses import replace

    store = FileStore(folder)
    for key in list(store.keys()):
        record = store.load(key)
        assert record is not None
        store.save(key, replace(record, data={**record.data, "issued_at": 1.0, "expires_at": 2.0}))


# --- C10


def test_c10_no_secret_in_logs_texts_or_reprs_in_any_form(
    issuer: ChaosIssuer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    said: list[str] = []
    secrets = [SECRET, "ada-password"]
    key = jose.generate("ES256").as_pem(private=True).decode()  # type: ignore[union-attr]  # it is asymmetric
    issuer.clients["signer"] = key
    sources: list[Any] = [
        robot(issuer),
        robot(issuer, method="client_secret_post"),
        robot(issuer, method="client_secret_jwt", token_endpoint="", issuer=issuer.url),
        robot(issuer, client_id="signer", client_secret=None, private_key=key),
        Password(token_endpoint=issuer.token_endpoint, username="ada", password="ada-password"),
        login(issuer),
    ]
    with caplog.at_level(logging.DEBUG):
        for number, source in enumerate(sources):
            caller = Caller(source, tmp_path / str(number))
            issuer.plan(faults.status(503), faults.half()) if number != 4 else None
            secrets.append(caller.token())
            said.append(repr([caller.auth, source, caller.auth.current(), caller.world.store]))
            echo = f"{SECRET} is bad" if number < 3 else "no"  # a server that repeats what it was sent
            for fault in (faults.refused("invalid_grant", echo), faults.html()):
                issuer.end_access()
                issuer.plan(fault)
                try:
                    caller.get(issuer.api)
                except LychgateError as error:
                    said.append("".join(traceback.format_exception(error)) + repr(error))
                caller.auth.renewal._retry_at = 0
    for seen in issuer.seen:
        secrets += [seen.fields[name] for name in ("client_assertion", "refresh_token") if name in seen.fields]
    text = caplog.text + "\n".join(said)
    for secret in set(secrets):
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
            assert form not in text


# --- C11


@pytest.mark.parametrize("ahead", [600, -600], ids=["ten minutes ahead", "ten minutes behind"])
@pytest.mark.parametrize("how", ["client_secret_jwt", "private_key_jwt"])
def test_c11_a_wrong_clock_is_no_obstacle(ahead: int, how: str) -> None:
    key = jose.generate("ES256").as_pem(private=True).decode()  # type: ignore[union-attr]  # it is asymmetric
    with ChaosIssuer(clock=ahead, clients={"robot": key if how == "private_key_jwt" else SECRET}) as issuer:
        given: dict[str, Any] = {"private_key": key, "client_secret": None} if how == "private_key_jwt" else {}
        caller = Caller(robot(issuer, method=how, **given))
        assert caller.get(issuer.api) == 200
        assert issuer.token_requests == 2  # the first one taught the time
        issuer.end_access()
        assert caller.get(issuer.api) == 200
        assert issuer.token_requests == 3


@pytest.mark.parametrize("ahead", [600, -600])
def test_c11_with_discovery_the_time_is_right_from_the_first_request_on(ahead: int) -> None:
    with ChaosIssuer(clock=ahead) as issuer:
        caller = Caller(robot(issuer, issuer=issuer.url, token_endpoint="", method="client_secret_jwt"))
        assert caller.get(issuer.api) == 200
        assert issuer.token_requests == 1


@pytest.mark.parametrize("ahead", [600, -600])
def test_c11_expires_in_counts_from_our_receipt_and_an_absolute_end_is_set_right(ahead: int) -> None:
    with ChaosIssuer(clock=ahead, lifetime=900) as issuer:
        for changes in ({}, {"expires_in": None}):
            issuer.changes = changes
            caller = Caller(robot(issuer))
            caller.token()
            left = caller.auth.current().valid_for()  # type: ignore[union-attr]  # it is there
            assert 895 < left <= 902


# --- C13


def test_c13_plain_http_to_another_host_is_refused_before_anything_is_sent() -> None:
    insecure = {"client_id": "robot", "client_secret": SECRET}
    for given in ({"token_endpoint": "http://auth.example.org/token"}, {"issuer": "http://auth.example.org"}):
        play = Play()
        with pytest.raises(InsecureError, match="clear text"):
            play.run(ClientCredentials(**insecure, **given).obtain())  # type: ignore[arg-type]  # all are texts
        assert play.sent == []


def test_c13_plain_http_goes_where_it_is_allowed_in_words() -> None:
    play = Play(token())
    source = ClientCredentials(
        token_endpoint="http://auth.example.org/token", client_id="robot", client_secret=SECRET, allow_insecure=True
    )
    assert play.run(source.obtain()).access.reveal() == "a1"


# --- C14


def test_c14_a_stream_is_not_replayed_and_the_error_says_so(issuer: ChaosIssuer) -> None:
    caller = Caller(robot(issuer))
    caller.token()
    issuer.end_access()
    with pytest.raises(NotReplayable, match="cannot be sent a second time"):
        caller.world.run(caller.auth.authenticate(Request("POST", issuer.api, replayable=False)))
    assert [seen.path for seen in issuer.seen].count("/api") == 1
    assert caller.get(issuer.api) == 200  # and by now the token is renewed
    assert issuer.token_requests == 2


# --- C15


def test_c15_a_resource_server_with_a_token_path_of_its_own_gets_no_secret(issuer: ChaosIssuer) -> None:
    with ChaosIssuer() as stranger:
        caller = Caller(login(issuer))
        caller.get(issuer.api)
        assert caller.get(stranger.api) == 401
        assert stranger.token_requests == 0
        sent = "".join(f"{dict(seen.headers)}{dict(seen.fields)}" for seen in stranger.seen)
        refreshes = [seen.fields["refresh_token"] for seen in issuer.seen if "refresh_token" in seen.fields]
        assert not [text for text in [SECRET, *refreshes] if text in sent]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_c15_a_redirect_of_the_token_endpoint_is_not_followed(issuer: ChaosIssuer, code: int) -> None:
    with ChaosIssuer() as stranger:
        issuer.plan(*[faults.Fault(code, {"Location": stranger.token_endpoint}, b"")] * 3)
        with pytest.raises((TransientError, ConfigError), match=stranger.url):
            Caller(login(issuer)).token()
        assert stranger.seen == []


def test_c15_metadata_that_names_a_strange_issuer_gets_no_secret(issuer: ChaosIssuer) -> None:
    with ChaosIssuer() as stranger:
        source = robot(issuer, issuer=stranger.url + "/", token_endpoint="")
        with pytest.raises(ConfigError, match="another issuer"):
            Caller(source).token()
        source = robot(issuer, issuer=stranger.url, token_endpoint=issuer.token_endpoint)
        with pytest.raises(InsecureError, match="does not belong"):
            Caller(source).token()
        assert stranger.token_requests == issuer.token_requests == 0


def test_c15_a_login_kept_for_one_issuer_is_never_sent_to_another(issuer: ChaosIssuer, tmp_path: Path) -> None:
    with ChaosIssuer() as stranger:
        Caller(login(issuer), tmp_path).token()
        with pytest.raises(LoginDead):
            Caller(login(stranger, refresh_token="another"), tmp_path).token()
        kept = [record.data["refresh"] for record in _records(str(tmp_path))]
        assert not [seen for seen in stranger.seen if seen.fields.get("refresh_token") in kept]
