"""The loopback listener, on real sockets: only our redirect ends the login, everything else is answered."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lychgate.kernel.errors import ConfigError, Refused
from lychgate.oauth.authorization import Mismatch, read_response
from lychgate.world.loopback import Loopback, Stopped

ISSUER, STATE = "https://auth.example.org", "the-right-state"
RIGHT = {"code": "the-code", "state": STATE, "iss": ISSUER}


def judge(params: Mapping[str, str]) -> str:
    return read_response(params, state=STATE, issuer=ISSUER, iss_expected=True).code


class Door:
    """A listener with somebody waiting in a thread for its answer."""

    def __init__(self, seconds: float = 20) -> None:
        self.loopback = Loopback(0, "auth.example.org", "train.py")
        self.stop = threading.Event()
        self.outcome: Future[str] = Future()
        self.thread = threading.Thread(target=self._wait, args=(seconds,))
        self.thread.start()

    def _wait(self, seconds: float) -> None:
        try:
            self.outcome.set_result(self.loopback.welcome(judge, seconds, self.stop))
        except BaseException as error:
            self.outcome.set_exception(error)
        finally:
            self.loopback.close()

    def ask(self, target: str = "/", method: str = "GET", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.loopback.port, timeout=10)
        try:
            connection.request(method, target, headers=dict(headers or {}))
            answer = connection.getresponse()
            self.headers = answer.headers
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def come_back(self, **params: str) -> tuple[int, str]:
        return self.ask("/?" + urlencode(params))


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.stop.set()
    made.thread.join(5)
    assert not made.thread.is_alive()


def test_the_right_redirect_ends_the_login_and_the_page_says_so(door: Door) -> None:
    status, page = door.come_back(**RIGHT)
    assert door.outcome.result(5) == "the-code"
    assert status == 200
    assert "You are logged in" in page
    assert "train.py" in page
    assert "auth.example.org" in page
    assert "the-code" not in page


def test_the_redirect_uri_has_no_path_and_no_slash(door: Door) -> None:
    assert door.loopback.redirect_uri == f"http://127.0.0.1:{door.loopback.port}"


def test_a_page_is_whole_in_itself_small_and_shut_to_everybody(door: Door) -> None:
    _, page = door.come_back(**RIGHT)
    policy = door.headers["Content-Security-Policy"]
    assert len(page.encode()) < 10_000
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert door.headers["Cache-Control"] == "no-store"
    assert door.headers["Referrer-Policy"] == "no-referrer"
    assert "Python" not in str(door.headers)


def test_a_refusal_ends_the_login_with_the_issuers_words_escaped(door: Door) -> None:
    nasty = '<script>alert(1)</script> & "no" \u202egnorw'
    status, page = door.come_back(error="access_denied", error_description=nasty, state=STATE, iss=ISSUER)
    with pytest.raises(Refused) as caught:
        door.outcome.result(5)
    assert caught.value.error == "access_denied"
    assert status == 200
    assert "You are not logged in" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "changed", [{"state": "another"}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": None}]
)
def test_a_redirect_with_a_wrong_state_or_issuer_is_answered_and_ignored(
    door: Door, changed: dict[str, str | None]
) -> None:
    wrong = {name: value for name, value in {**RIGHT, **changed}.items() if value is not None}
    status, page = door.come_back(**wrong)
    assert status == 400
    assert "wrong window" in page
    assert not door.outcome.done()
    door.come_back(**RIGHT)
    assert door.outcome.result(5) == "the-code"


@pytest.mark.parametrize(
    ("target", "method", "headers", "status"),
    [
        ("/favicon.ico", "GET", {}, 404),
        ("/", "GET", {}, 404),
        ("/?code=the-code", "GET", {}, 404),
        (f"/elsewhere?code=the-code&state={STATE}", "GET", {}, 404),
        (f"/?code=a&code=b&state={STATE}", "GET", {}, 400),
        (f"/?code=the-code&state={STATE}", "HEAD", {}, 405),
        (f"/?code=the-code&state={STATE}", "POST", {}, 405),
        (f"/?code=the-code&state={STATE}", "BREW", {}, 501),
        (f"/?code=the-code&state={STATE}", "GET", {"Host": "rebound.example"}, 421),
        (f"/?code=the-code&state={STATE}", "GET", {"Sec-Purpose": "prefetch;prerender"}, 503),
        ("/?" + "a" * 70_000, "GET", {}, 414),
    ],
)
def test_a_stray_request_is_answered_and_not_fatal(
    door: Door, target: str, method: str, headers: dict[str, str], status: int
) -> None:
    assert door.ask(target, method, headers)[0] == status
    assert "Content-Security-Policy" in door.headers
    door.come_back(**RIGHT)
    assert door.outcome.result(5) == "the-code"


def test_a_hundred_stray_requests_at_once_do_not_end_the_login(door: Door) -> None:
    threads = [threading.Thread(target=door.come_back, kwargs={"state": str(n), "code": "x"}) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not door.outcome.done()
    assert door.come_back(**RIGHT)[0] == 200
    assert door.outcome.result(5) == "the-code"


def test_two_hundred_connections_that_say_nothing_do_not_keep_the_browser_out(door: Door) -> None:
    silent = [socket.create_connection(("127.0.0.1", door.loopback.port), timeout=5) for _ in range(200)]
    try:
        for connection in silent:
            connection.sendall(b"GET / HT")
        assert door.come_back(**RIGHT)[0] == 200
        assert door.outcome.result(5) == "the-code"
    finally:
        for connection in silent:
            connection.close()


def test_the_listener_is_on_the_loopback_address_alone(door: Door) -> None:
    ours = [
        line.split() for line in Path("/proc/net/tcp").read_text().splitlines() if line.split()[3] == "0A"
    ]  # listening
    addresses = {local.split(":")[0] for _, local, *_ in ours if int(local.split(":")[1], 16) == door.loopback.port}
    assert addresses == {"0100007F"}


def test_a_person_who_does_not_come_ends_in_a_timeout() -> None:
    door = Door(seconds=0.3)
    with pytest.raises(TimeoutError):
        door.outcome.result(5)
    door.thread.join(5)


def test_waiting_can_be_stopped_and_the_port_is_free_again() -> None:
    door = Door()
    port = door.loopback.port
    begun = time.monotonic()
    door.stop.set()
    with pytest.raises(Stopped):
        door.outcome.result(5)
    door.thread.join(5)
    assert time.monotonic() - begun < 2
    Loopback(port, "x", "y").close()


def test_a_busy_port_is_named_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} .* taken .*--redirect-port") as caught:
            Loopback(port, "x", "y")
    assert caught.value.field == "redirect_port"


def test_the_page_waits_for_the_verdict() -> None:
    loopback, gate = Loopback(0, "x", "y"), threading.Event()
    answers: list[bytes] = []

    def slowly(params: Mapping[str, str]) -> str:
        assert gate.wait(10)
        assert not answers
        return judge(params)

    def browser() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", loopback.port, timeout=20)
        connection.request("GET", "/?" + urlencode(RIGHT))
        answers.append(connection.getresponse().read())
        connection.close()

    visit = threading.Thread(target=browser)
    visit.start()
    threading.Timer(0.3, gate.set).start()
    with loopback:
        assert loopback.welcome(slowly, 10, threading.Event()) == "the-code"
    visit.join(5)
    assert b"You are logged in" in answers[0]


def test_nothing_is_logged(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    door.come_back(**(RIGHT | {"state": "wrong"}))
    door.ask("/?" + "a" * 70_000)
    door.come_back(**RIGHT)
    door.outcome.result(5)
    assert capfd.readouterr() == ("", "")


def test_mismatch_is_what_a_judge_raises_for_a_stranger() -> None:
    with pytest.raises(Mismatch):
        judge({"state": "wrong"})
