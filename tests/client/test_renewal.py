"""One login kept and renewed, with the server, the store and the clock played by hand."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import pytest

from lychgate.client import renewal as renewal_module
from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.renewal import Renewal
from lychgate.client.token import Token, from_record, to_record
from lychgate.client.windows import windows
from lychgate.kernel.errors import Busy, ConfigError, LoginDead, LychgateError, NotReplayable, Refused, TransientError
from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.http import Request, Response
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Now, Save, Sleep
from support.play import Play

API = Request("GET", "https://api.example.org/x")
DEAD = LoginDead("dead", command="lychgate login x")


@dataclass(eq=False)
class Written:
    """A source that does what the test wrote: a lifetime, or an error."""

    script: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    who: str = "ada"
    where: str = "https://auth.example.org"

    def cache_key(self) -> str:
        return "k"

    def obtain(self) -> Flow[Token]:
        return self._next("obtain")

    def renew(self, token: Token) -> Flow[Token]:
        return self._next(f"renew {token.refresh.reveal() if token.refresh else token.access.reveal()}")

    def _next(self, how: str) -> Flow[Token]:
        now = yield from Now()
        self.asked.append(how)
        what = self.script.pop(0)
        if isinstance(what, Exception):
            raise what
        number = len(self.asked)
        end = None if what is None else now + what
        return Token(Secret(f"access-{number}"), expires_at=end, refresh=Secret(f"refresh-{number}"), issued_at=now)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    made = Play()
    monkeypatch.setattr("time.time", lambda: made.now)
    return made


def auth(*script: Any) -> tuple[Renewing, Written]:
    source = Written(list(script))
    return Renewing(source), source


def sent(play: Play, authenticator: Renewing) -> str:
    request = authenticator.ready(API) or play.run(authenticator.prepare(API))
    return request.headers["Authorization"]


def test_a_valid_token_starts_no_flow(play: Play) -> None:
    a, source = auth(900)
    assert a.standing() is None
    assert sent(play, a) == "Bearer access-1"
    assert a.standing() == (("Authorization", "Bearer access-1"),)
    play.now += 600
    assert a.standing() is not None
    assert source.asked == ["obtain"]


def test_the_token_is_written_before_it_is_used(play: Play) -> None:
    a, _ = auth(900)
    steps: list[Step[Any]] = []
    perform = play.perform

    def noting(step: Step[Any]) -> Any:
        steps.append(step)
        return perform(step)

    play.perform = noting  # type: ignore[method-assign]  # to watch
    play.run(a.prepare(API))
    assert isinstance(steps[-1], Save)
    assert from_record(play.records["k"]).access == Secret("access-1")  # type: ignore[union-attr]  # it is there
    assert (play.records["k"].who, play.records["k"].where) == ("ada", "https://auth.example.org")


def test_a_token_that_another_process_keeps_is_used_without_asking(play: Play) -> None:
    a, source = auth()
    kept = Token(Secret("kept"), expires_at=play.now + 500, issued_at=play.now - 100)
    play.records["k"] = to_record(kept, "", "")
    assert sent(play, a) == "Bearer kept"
    assert source.asked == []


def test_an_ended_token_is_renewed_by_all_who_wait(play: Play) -> None:
    a, source = auth(900, 900)
    sent(play, a)
    play.now += 901
    assert sent(play, a) == "Bearer access-2"
    assert source.asked == ["obtain", "renew refresh-1"]


def test_in_the_mandatory_window_the_old_token_is_not_sent(play: Play) -> None:
    a, _ = auth(900, 900)
    sent(play, a)
    play.now += 841
    assert a.standing() is None
    assert sent(play, a) == "Bearer access-2"


def test_in_the_advisory_window_one_renews_and_a_failure_is_only_logged(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    a, source = auth(900, TransientError("away"), 900)
    sent(play, a)
    play.now += 835
    assert sent(play, a) == "Bearer access-1"
    assert "still good: away" in caplog.text
    assert a.standing() is not None  # the others go on for a while
    assert len(source.asked) == 2
    play.now += 6
    assert sent(play, a) == "Bearer access-3"  # by now it is the mandatory window


def test_in_the_advisory_window_the_one_who_renews_takes_the_new_token(play: Play) -> None:
    a, _ = auth(900, 900)
    sent(play, a)
    play.now += 830
    assert sent(play, a) == "Bearer access-2"


def test_in_the_advisory_window_nobody_waits_for_somebody_else(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    a, source = auth(900)
    sent(play, a)
    play.now += 830
    perform = play.perform

    def busy(step: Step[Any]) -> Any:
        if isinstance(step, Once):
            assert step.wait == 0
            raise Busy("somebody else")
        return perform(step)

    play.perform = busy  # type: ignore[method-assign]  # somebody else holds it
    with caplog.at_level(logging.INFO):
        assert sent(play, a) == "Bearer access-1"
    assert caplog.text == ""
    assert len(source.asked) == 1


def test_failures_in_the_mandatory_window_are_raised(play: Play) -> None:
    a, _ = auth(900, TransientError("away"))
    sent(play, a)
    play.now += 870
    with pytest.raises(TransientError, match="away"):
        sent(play, a)


def test_after_a_failure_nothing_is_sent_for_a_second(play: Play) -> None:
    a, source = auth(TransientError("away"), 900)
    for _ in range(3):
        with pytest.raises(TransientError, match="away"):
            sent(play, a)
    assert len(source.asked) == 1
    play.now += 1.1
    assert sent(play, a) == "Bearer access-2"


def test_a_retry_after_is_respected_and_counted_down(play: Play) -> None:
    a, source = auth(TransientError("away", retry_after=60), 900)
    with pytest.raises(TransientError):
        sent(play, a)
    play.now += 40
    with pytest.raises(TransientError) as caught:
        sent(play, a)
    assert caught.value.retry_after == pytest.approx(20)
    assert len(source.asked) == 1
    play.now += 21
    assert sent(play, a) == "Bearer access-2"


def test_a_sibling_ends_the_patience_after_a_failure(play: Play) -> None:
    a, _ = auth(TransientError("away", retry_after=60))
    with pytest.raises(TransientError):
        sent(play, a)
    play.records["k"] = to_record(Token(Secret("kept"), expires_at=play.now + 500, issued_at=play.now), "", "")
    assert sent(play, a) == "Bearer kept"


def test_nothing_that_is_kept_is_deleted_for_a_failure(play: Play) -> None:
    a, _ = auth(900, TransientError("away"), Refused("no", error="invalid_client"), DEAD)
    sent(play, a)
    before = play.records["k"]
    for _ in range(3):
        play.now += 1000
        with pytest.raises(LychgateError):
            sent(play, a)
    assert play.records["k"] == before
    assert len(play.saves) == 1


def test_on_a_dead_login_a_siblings_token_is_adopted(play: Play) -> None:
    a, source = auth(900, DEAD)
    sent(play, a)
    play.now += 1000
    looks = iter(range(10))

    def sibling_writes() -> None:
        if next(looks) == 2:  # after the issuer's refusal, and only at the second look
            new = Token(Secret("sibling"), expires_at=play.now + 900, refresh=Secret("r-s"), issued_at=play.now)
            play.records["k"] = to_record(new, "", "")

    play.before_load = sibling_writes
    assert sent(play, a) == "Bearer sibling"
    assert source.asked == ["obtain", "renew refresh-1"]


def test_on_a_dead_login_a_siblings_ended_token_is_renewed(play: Play) -> None:
    a, source = auth(900, DEAD, 900)
    sent(play, a)
    play.now += 1000
    looks = iter(range(10))

    def sibling_wrote() -> None:
        if next(looks) == 1:
            new = Token(Secret("sibling"), expires_at=play.now - 1, refresh=Secret("r-s"), issued_at=play.now - 900)
            play.records["k"] = to_record(new, "", "")

    play.before_load = sibling_wrote
    assert sent(play, a) == "Bearer access-3"
    assert source.asked[-1] == "renew r-s"


def test_a_dead_login_is_not_asked_about_again_until_somebody_logs_in(play: Play) -> None:
    a, source = auth(900, DEAD, 900)
    sent(play, a)
    play.now += 1000
    for _ in range(3):
        with pytest.raises(LoginDead, match=r"lychgate login|dead"):
            sent(play, a)
    assert len(source.asked) == 2
    new = Token(Secret("new"), expires_at=play.now - 1, refresh=Secret("new-refresh"), issued_at=play.now)
    play.records["k"] = to_record(new, "", "")
    play.now += 1
    assert sent(play, a) == "Bearer access-3"
    assert source.asked[-1] == "renew new-refresh"


def test_what_could_not_be_kept_still_serves_and_is_the_one_renewed_next(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    a, source = auth(900, 900, 900)
    sent(play, a)
    play.now += 901
    perform = play.perform

    def full(step: Step[Any]) -> Any:
        if isinstance(step, Save):
            raise ConfigError("cannot write: No space left on device")
        return perform(step)

    play.perform = full  # type: ignore[method-assign]  # a full disk
    assert sent(play, a) == "Bearer access-2"
    assert "renewed but could not be" in caplog.text
    play.perform = perform  # type: ignore[method-assign]  # there is space again
    play.now += 901
    assert sent(play, a) == "Bearer access-3"
    assert source.asked[-1] == "renew refresh-2"
    assert from_record(play.records["k"]).access == Secret("access-3")  # type: ignore[union-attr]  # it is there


def refused(play: Play, a: Renewing, *attempts: int, request: Request = API) -> Response:
    play.attempts.extend(Response(status) for status in attempts)
    return play.run(a.authenticate(request))


def test_a_401_renews_and_attempts_once_more(play: Play) -> None:
    a, source = auth(900, 900)
    assert refused(play, a, 401, 200).status == 200
    assert [request.headers["Authorization"] for request in play.attempted] == ["Bearer access-1", "Bearer access-2"]
    assert source.asked == ["obtain", "renew refresh-1"]


def test_a_401_for_a_token_that_is_no_longer_the_current_one_renews_nothing(play: Play) -> None:
    a, source = auth(900, 900)
    first = play.run(a.prepare(API))
    assert refused(play, a, 401, 200).status == 200
    play.attempts.append(Response(200))
    assert play.run(a.refused(API, first, Response(401))).status == 200
    assert len(source.asked) == 2
    assert play.attempted[-1].headers["Authorization"] == "Bearer access-2"


def test_a_401_after_a_renewal_goes_to_the_caller_and_nothing_is_renewed_for_a_while(play: Play) -> None:
    a, source = auth(900, 900, 900)
    assert refused(play, a, 401, 401).status == 401
    assert refused(play, a, 401).status == 401
    assert len(source.asked) == 2
    play.now += 6
    assert refused(play, a, 401, 200).status == 200


@pytest.mark.parametrize("status", [200, 302, 403, 404, 500])
def test_any_other_answer_goes_to_the_caller(play: Play, status: int) -> None:
    a, source = auth(900)
    assert refused(play, a, status).status == status
    assert len(source.asked) == 1


def test_a_401_for_a_stream_renews_and_says_that_the_body_is_gone(play: Play) -> None:
    a, source = auth(900, 900)
    stream = Request("POST", API.url, replayable=False)
    with pytest.raises(NotReplayable, match="fresh body"):
        refused(play, a, 401, request=stream)
    assert len(source.asked) == 2
    assert sent(play, a) == "Bearer access-2"


def test_forgetting_takes_the_token_out_of_memory_and_store(play: Play) -> None:
    a, source = auth(900, 900)
    sent(play, a)
    assert play.run(a.forget()).access == Secret("access-1")  # type: ignore[union-attr]  # it is there
    assert play.records == {}
    assert a.current() is None
    assert sent(play, a) == "Bearer access-2"
    assert source.asked == ["obtain", "obtain"]


def test_a_token_without_an_end_is_kept_until_it_is_refused(play: Play) -> None:
    a, source = auth(None, None)
    sent(play, a)
    play.now += 1e9
    assert a.standing() is not None
    assert refused(play, a, 401, 200).status == 200
    assert len(source.asked) == 2


@pytest.mark.parametrize("lifetime", [0, 0.5])
def test_a_token_that_ends_at_once_is_used_for_a_second_and_is_no_storm(play: Play, lifetime: float) -> None:
    a, source = auth(*[lifetime] * 10)
    for _ in range(50):
        sent(play, a)
        play.now += 0.1
    assert 4 <= len(source.asked) <= 8


@pytest.mark.parametrize(
    ("lifetime", "slack"), [(900, 60), (840, 56), (3600, 60), (86400, 60), (300, 20), (30, 2), (3, 0.2), (0, 1 / 15)]
)
def test_the_windows_are_capped_by_the_lifetime(lifetime: float, slack: float) -> None:
    token = Token(Secret("a"), expires_at=1000 + lifetime, issued_at=1000)
    for _ in range(50):
        found = windows(token)
        assert found.expires_at - found.must_at == pytest.approx(slack)
        assert slack * 3 <= found.must_at - found.renew_at + slack <= slack * 4 + 1e-6
        assert found.renew_at >= 1000 + max(lifetime, 1) * 0.7


def test_the_advisory_window_begins_at_different_times() -> None:
    token = Token(Secret("a"), expires_at=1900, issued_at=1000)
    assert len({windows(token).renew_at for _ in range(20)}) > 10


def test_the_look_for_a_sibling_is_short(play: Play) -> None:
    a, _ = auth(900, DEAD)
    sent(play, a)
    play.now += 1000
    with pytest.raises(LoginDead):
        sent(play, a)
    assert sum(play.slept) < 1
    assert renewal_module.SIBLING_LOOKS == 3


def test_no_repr_shows_a_token(play: Play) -> None:
    a, _ = auth(900)
    sent(play, a)
    assert "access-1" not in repr(a) + repr(a.current()) + repr(a.renewal)


def test_the_fast_path_costs_less_than_two_microseconds() -> None:
    """A generous bound on a busy machine; bench holds the figure."""
    import timeit

    a, _ = auth(900)
    Play().run(a.prepare(API))
    made = a.renewal
    made.fresh_until = float("inf")
    assert min(timeit.repeat(made.current, number=10_000, repeat=5)) / 10_000 < 2e-6
    assert min(timeit.repeat(a.standing, number=10_000, repeat=5)) / 10_000 < 2e-6


def test_two_objects_of_one_login_share_what_is_kept(play: Play) -> None:
    source = Written([900, 900])
    one, two = Renewing(source), Renewing(source)
    assert sent(play, one) == sent(play, two) == "Bearer access-1"
    assert refused(play, one, 401, 200).status == 200
    assert refused(play, two, 401, 200).status == 200
    assert len(source.asked) == 2
    assert isinstance(one.renewal, Renewal)


def test_a_pause_of_the_source_is_no_pause_of_a_loop(play: Play) -> None:
    """``Sleep`` is a step: whoever drives the flow decides what waiting is."""
    a, _ = auth(900)

    def pausing() -> Flow[Token]:
        yield from Sleep(3)
        return Token(Secret("late"), issued_at=play.now)

    a.source.obtain = pausing  # type: ignore[method-assign]  # a slow one
    assert sent(play, a) == "Bearer late"
    assert play.slept == [3]
