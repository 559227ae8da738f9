"""What an answer of a protocol endpoint means, played by hand."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from lychgate.issuer import clock
from lychgate.issuer.call import call, judge, retry_after
from lychgate.kernel.errors import ConfigError, Refused, TransientError
from lychgate.kernel.http import Headers, Request, Response
from support.play import LOST, Play, answer

URL = "https://auth.example.org/token"


@pytest.fixture(autouse=True)
def _no_offsets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offsets", {})


def asked(*, tries: int = 3, timed: bool = False):
    return call(
        URL, lambda now: Request("POST", URL, Headers({"X-Time": str(now)})), "the endpoint", tries=tries, timed=timed
    )


def raw(body: bytes, status: int = 200, **headers: str) -> Response:
    return Response(status, Headers([(n.replace("_", "-"), v) for n, v in headers.items()]), body, URL)


PASSING = [
    LOST,
    raw(b"", 500),
    raw(b"<html>", 502),
    raw(b"", 503),
    raw(b"", 429),
    raw(b"", 408),
    raw(b"<html>portal", 200),
    raw(b"[1]", 200),
    raw(b'"text"', 200),
    raw(b'{"access_to', 200),
    raw(b"\xff\xfe", 200),
    raw(b"[" * 100_000, 200),
    raw(b"", 204),
    answer({"error": "temporarily_unavailable"}, 400),
    answer({"error": "server_error"}, 200),
    answer({"error": "invalid_grant"}, 500),
    raw(b"", 302, Location="https://portal.example.net/login"),
]


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_passing_fault_is_tried_again_and_forgotten(fault: Response | Exception) -> None:
    play = Play(fault, fault, answer({"fine": 1}))
    assert play.run(asked()).body == {"fine": 1}
    assert len(play.sent) == 3
    assert len(play.slept) == 2
    assert play.slept[0] < play.slept[1] < 2


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_passing_fault_that_stays_is_a_transient_error(fault: Response | Exception) -> None:
    play = Play(fault, fault, fault)
    with pytest.raises(TransientError):
        play.run(asked())
    assert len(play.sent) == 3


def test_one_try_means_one_request() -> None:
    play = Play(raw(b"", 503))
    with pytest.raises(TransientError):
        play.run(asked(tries=1))
    assert play.slept == []


def test_a_short_retry_after_is_waited_for() -> None:
    play = Play(raw(b"", 503, Retry_After="3"), answer({}))
    play.run(asked())
    assert play.slept == [3.0]


def test_a_long_retry_after_goes_to_the_caller_at_once() -> None:
    play = Play(raw(b"", 429, Retry_After="120"))
    with pytest.raises(TransientError) as caught:
        play.run(asked())
    assert caught.value.retry_after == 120
    assert play.slept == []


@pytest.mark.parametrize(
    ("text", "date", "seconds"),
    [
        ("5", "", 5.0),
        (" 5 ", "", 5.0),
        ("0", "", 0.0),
        (formatdate(1030, usegmt=True), "", 30.0),
        (formatdate(990, usegmt=True), "", 0.0),
        (formatdate(5030, usegmt=True), formatdate(5000, usegmt=True), 30.0),
        ("9" * 5000, "", 86400.0),
        ("", "", None),
        ("soon", "", None),
        ("-5", "", None),
        ("1e9", "", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, date: str, seconds: float | None) -> None:
    headers = Headers({name: value for name, value in {"Retry-After": text, "Date": date}.items() if value})
    assert retry_after(Response(503, headers), 1000.0) == seconds


def test_a_refusal_has_the_servers_own_words_and_is_not_tried_again() -> None:
    play = Play(answer({"error": "invalid_scope", "error_description": "no \x1b[31msuch\n scope"}, 400))
    with pytest.raises(Refused) as caught:
        play.run(asked())
    assert (caught.value.error, caught.value.description, caught.value.status) == (
        "invalid_scope",
        "no ?[31msuch? scope",
        400,
    )
    assert "the endpoint refused: invalid_scope" in str(caught.value)
    assert len(play.sent) == 1


def test_a_200_with_an_error_is_a_refusal() -> None:
    with pytest.raises(Refused, match="bad_verification_code"):
        judge(answer({"error": "bad_verification_code"}), "x", 0)


@pytest.mark.parametrize("response", [raw(b"", 404), raw(b"<html>", 403), answer({"detail": "Unauthorized"}, 401)])
def test_another_4xx_is_refused_with_its_status(response: Response) -> None:
    with pytest.raises(Refused) as caught:
        judge(response, "x", 0)
    assert caught.value.status == response.status


def test_a_permanent_redirect_is_a_setting_to_mend_and_is_never_followed() -> None:
    play = Play(raw(b"", 308, Location="https://elsewhere.example.net/token?x=1"))
    with pytest.raises(ConfigError, match=r"moved to https://elsewhere\.example\.net;"):
        play.run(asked())
    assert [request.url for request in play.sent] == [URL]


def test_a_wrong_clock_is_set_right_by_the_date_of_a_refusal() -> None:
    play = Play(
        answer({"error": "invalid_client"}, 401, Date=formatdate(1_700_000_600, usegmt=True)),
        answer({"fine": 1}, Date=formatdate(1_700_000_600, usegmt=True)),
    )
    assert play.run(asked(timed=True)).offset == 600
    assert [float(request.headers["X-Time"]) - play.now for request in play.sent] == [0, 600]


def test_a_refusal_with_the_right_time_is_not_tried_again() -> None:
    play = Play(answer({"error": "invalid_client"}, 401, Date=formatdate(1_700_000_001, usegmt=True)))
    with pytest.raises(Refused):
        play.run(asked(timed=True))
    assert len(play.sent) == 1


def test_a_refusal_is_tried_only_once_more_for_the_clock() -> None:
    play = Play(
        answer({"error": "invalid_client"}, 401, Date=formatdate(1_700_000_600, usegmt=True)),
        answer({"error": "invalid_client"}, 401, Date=formatdate(1_700_009_999, usegmt=True)),
    )
    with pytest.raises(Refused):
        play.run(asked(timed=True))
    assert len(play.sent) == 2


def test_what_is_known_of_clocks_is_bounded() -> None:
    for number in range(1000):
        response = Response(200, Headers({"Date": formatdate(0, usegmt=True)}), b"", f"https://h{number}.example.org/")
        clock.learn(response, 1000.0)
    assert len(clock._offsets) <= 256
