"""Ctrl-C in the middle of a blocking refresh, at an issuer that rotates without any grace: the login outlives it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.testing import faults
from lychgate.testing.chaos import ChaosIssuer
from lychgate.testing.faults import Fault
from support.processes import output, python, until

SECRET = "robot-secret-of-the-tests-0123456789"
PROCESS = """
import signal, sys, threading
from support.callers import Caller
from lychgate.client.sources.refresh import Refresh
signal.signal(signal.SIGINT, signal.default_int_handler)
store, endpoint, api, refresh, others = sys.argv[1:6]
caller = Caller(Refresh(token_endpoint=endpoint, client_id="robot", client_secret="%s", refresh_token=refresh), store)
follow = lambda: sys.stdout.write(f"follower {caller.get(api)}\\n")
followers = [threading.Thread(target=follow) for _ in range(int(others))]
try:
    threading.Timer(0.5, lambda: [each.start() for each in followers]).start()
    print("caller", caller.get(api))
except KeyboardInterrupt:
    print("interrupted while", *[each.name for each in threading.enumerate() if "renewal" in each.name])
""".replace("%s", SECRET)


@pytest.fixture
def issuer() -> Iterator[ChaosIssuer]:
    with ChaosIssuer(lifetime=900, rotate=True, grace=0) as made:
        yield made


def interrupted(issuer: ChaosIssuer, store: Path, refresh: str, followers: int = 0) -> list[str]:
    """What a process says that is interrupted while its first token request is on its way."""
    process = python(PROCESS, str(store), issuer.token_endpoint, issuer.api, refresh, str(followers))
    until(lambda: issuer.token_requests == 1, 40)
    process.send_signal(signal.SIGINT)
    return sorted(output(process, 60).split("\n"))[1:]


def again(issuer: ChaosIssuer, store: Path, refresh: str) -> str:
    """What the next process says, once the first one's access token has ended."""
    issuer.end_access()
    return output(python(PROCESS, str(store), issuer.token_endpoint, issuer.api, refresh, "0"), 60).strip()


def test_ctrl_c_during_a_refresh_is_heard_at_once_and_loses_no_rotated_login(
    issuer: ChaosIssuer, tmp_path: Path
) -> None:
    issuer.plan(faults.slow(3))
    refresh = issuer.login()
    assert interrupted(issuer, tmp_path / "tokens", refresh) == ["interrupted while lychgate-renewal"]
    assert again(issuer, tmp_path / "tokens", refresh) == "caller 200"
    assert issuer.token_requests == 2


def test_the_threads_that_waited_for_the_interrupted_one_get_what_it_asked_for(
    issuer: ChaosIssuer, tmp_path: Path
) -> None:
    issuer.plan(faults.slow(3))
    said = interrupted(issuer, tmp_path / "tokens", issuer.login(), followers=5)
    assert said == ["follower 200"] * 5 + ["interrupted while lychgate-renewal"]
    assert issuer.token_requests == 1


def test_what_failed_after_the_interruption_is_not_tried_again_and_nothing_is_lost(
    issuer: ChaosIssuer, tmp_path: Path
) -> None:
    issuer.plan(Fault(status=502, after=3, acted=False))
    refresh = issuer.login()
    assert interrupted(issuer, tmp_path / "tokens", refresh) == ["interrupted while lychgate-renewal"]
    assert issuer.token_requests == 1
    assert again(issuer, tmp_path / "tokens", refresh) == "caller 200"
