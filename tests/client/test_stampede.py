"""Stampedes on real sockets: however many find the token expired or refused, one token request is sent.

The issuer rotates refresh tokens without any grace: a second request with the same one would end the login.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.refresh import Refresh
from lychgate.kernel.secret import Secret
from lychgate.testing import faults
from lychgate.testing.chaos import ChaosIssuer
from lychgate.testing.faults import Fault
from support.callers import Caller
from support.processes import output, python, until

SECRET = "robot-secret-of-the-tests-0123456789"


@pytest.fixture
def issuer() -> Iterator[ChaosIssuer]:
    with ChaosIssuer(lifetime=900, rotate=True, grace=0) as made:
        yield made


def login(issuer: ChaosIssuer) -> Refresh:
    return Refresh(
        token_endpoint=issuer.token_endpoint, client_id="robot", client_secret=SECRET, refresh_token=issuer.login()
    )


def threads(caller: Caller, url: str, count: int = 50) -> list[int]:
    ready = threading.Barrier(count)

    def call() -> int:
        ready.wait(20)
        return caller.get(url)

    with ThreadPoolExecutor(count) as pool:
        return [each.result(60) for each in [pool.submit(call) for _ in range(count)]]


def tasks(caller: Caller, url: str, count: int = 50) -> list[int]:
    async def everybody() -> list[int]:
        return await asyncio.gather(*[caller.aget(url) for _ in range(count)])

    return asyncio.run(everybody())


def loops(caller: Caller, url: str, count: int = 5) -> list[int]:
    got: list[int] = []
    running = [threading.Thread(target=lambda: got.extend(tasks(caller, url, 10))) for _ in range(count)]
    for each in running:
        each.start()
    for each in running:
        each.join(60)
    return got


@pytest.fixture(params=[threads, tasks, loops], ids=["50 threads", "50 tasks", "5 loops"])
def stampede(request: pytest.FixtureRequest):
    return request.param


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    return tmp_path / "tokens" if request.param == "file" else "memory"


def test_a_cold_start_sends_one_token_request(issuer: ChaosIssuer, stampede, store) -> None:
    issuer.plan(faults.slow(0.3))
    assert stampede(Caller(login(issuer), store), issuer.api) == [200] * 50
    assert issuer.token_requests == 1


def test_an_expired_token_sends_one_token_request(issuer: ChaosIssuer, stampede, store) -> None:
    issuer.changes["expires_in"] = 1
    caller = Caller(login(issuer), store)
    assert caller.get(issuer.api) == 200
    issuer.changes.clear()
    expired = caller.auth.renewal.token.expires_at  # type: ignore[union-attr]  # it is there
    until(lambda: time.time() > expired)
    issuer.plan(faults.slow(0.3))
    assert stampede(caller, issuer.api) == [200] * 50
    assert issuer.token_requests == 2


def test_a_storm_of_401_sends_one_token_request(issuer: ChaosIssuer, stampede, store) -> None:
    caller = Caller(login(issuer), store)
    assert caller.get(issuer.api) == 200
    issuer.end_access()
    issuer.plan(faults.slow(0.3))
    assert stampede(caller, issuer.api) == [200] * 50
    assert issuer.token_requests == 2


def test_threads_and_tasks_on_one_object_send_one_token_request(issuer: ChaosIssuer) -> None:
    caller, got = Caller(login(issuer)), []
    issuer.plan(faults.slow(0.5))
    running = [threading.Thread(target=lambda: got.extend(tasks(caller, issuer.api, 10)))]
    running += [threading.Thread(target=lambda: got.append(caller.get(issuer.api))) for _ in range(10)]
    for each in running:
        each.start()
    for each in running:
        each.join(60)
    assert got == [200] * 20
    assert issuer.token_requests == 1


def test_objects_that_share_a_store_send_one_token_request(issuer: ChaosIssuer, tmp_path: Path) -> None:
    source = login(issuer)
    callers = [Caller(source, tmp_path) for _ in range(8)]
    issuer.plan(faults.slow(0.3))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda caller: caller.get(issuer.api), callers)) == [200] * 8
    assert issuer.token_requests == 1


def test_a_token_endpoint_that_takes_five_seconds_gets_one_request(issuer: ChaosIssuer) -> None:
    issuer.plan(faults.slow(5))
    assert threads(Caller(login(issuer)), issuer.api, 20) == [200] * 20
    assert issuer.token_requests == 1


def test_leaders_that_are_cancelled_cost_one_request_each_at_most(issuer: ChaosIssuer) -> None:
    """With client credentials, whose request uses nothing up: it ends with its leader."""
    caller = Caller(
        ClientCredentials(token_endpoint=issuer.token_endpoint, client_id="robot", client_secret=Secret(SECRET))
    )
    issuer.plan(*[faults.slow(0.5)] * 3)

    async def scene() -> list[int]:
        running = [asyncio.ensure_future(caller.aget(issuer.api)) for _ in range(20)]
        for leader in running[:2]:
            await asyncio.sleep(0.2)
            leader.cancel()
        return await asyncio.gather(*running[2:])

    assert asyncio.run(scene()) == [200] * 18
    assert issuer.token_requests <= 3


async def asked(issuer: ChaosIssuer) -> None:
    """Wait until the first token request is on its way."""
    async with asyncio.timeout(20):
        while not issuer.token_requests:
            await asyncio.sleep(0.01)


def test_a_cancelled_leader_takes_no_rotated_login_with_it(issuer: ChaosIssuer, store) -> None:
    """Without a grace window: the request on its way goes on to its end, and so does what it brings."""
    caller = Caller(login(issuer), store)
    issuer.plan(faults.slow(2))

    async def scene() -> list[int]:
        running = [asyncio.ensure_future(caller.aget(issuer.api)) for _ in range(20)]
        await asked(issuer)
        began = time.monotonic()
        for task in running[:10]:
            task.cancel()
        ended = await asyncio.gather(*running[:10], return_exceptions=True)
        assert {type(each) for each in ended} == {asyncio.CancelledError}
        assert time.monotonic() - began < 1, "nobody who gives up is held up"
        return await asyncio.gather(*running[10:])

    assert asyncio.run(scene()) == [200] * 10
    issuer.end_access()
    assert caller.get(issuer.api) == 200
    assert issuer.token_requests == 2


def test_who_ran_out_of_time_alone_finds_the_login_as_good_as_before(issuer: ChaosIssuer, store) -> None:
    caller = Caller(login(issuer), store)
    issuer.plan(faults.slow(1.5))

    async def out_of_time() -> None:
        async with asyncio.timeout(20) as limit:
            asyncio.ensure_future(asked(issuer)).add_done_callback(lambda _: limit.reschedule(0))
            await caller.aget(issuer.api)

    async def scene() -> int:
        with pytest.raises(TimeoutError):
            await out_of_time()
        return await caller.aget(issuer.api)  # the same task again, while its first request is still on its way

    assert asyncio.run(scene()) == 200
    assert issuer.token_requests == 1


def test_a_request_that_failed_when_nobody_waits_any_more_is_not_made_again(issuer: ChaosIssuer) -> None:
    caller = Caller(login(issuer))
    issuer.plan(Fault(status=502, after=1, acted=False))

    async def scene() -> int:
        call = asyncio.ensure_future(caller.aget(issuer.api))
        await asked(issuer)
        call.cancel()
        await asyncio.sleep(1.7)  # the pause before a second try is shorter
        return issuer.token_requests

    assert asyncio.run(scene()) == 1
    assert caller.get(issuer.api) == 200


PROCESS = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from support.callers import Caller
from lychgate.client.sources.refresh import Refresh
store, endpoint, api, refresh = sys.argv[1:5]
caller = Caller(Refresh(token_endpoint=endpoint, client_id="robot", client_secret="%s", refresh_token=refresh), store)
if len(sys.argv) > 5:
    first = caller.token()
(Path(store).parent / f"ready-{os.getpid()}").touch()
while not (Path(store).parent / "go").exists():
    time.sleep(0.001)
with ThreadPoolExecutor(5) as pool:
    print(*pool.map(lambda _: caller.get(api), range(5)))
""".replace("%s", SECRET)


def eight(tmp_path: Path, issuer: ChaosIssuer, before: list[str]):
    refresh = issuer.login()
    args = [str(tmp_path / "tokens"), issuer.token_endpoint, issuer.api, refresh, *before]
    processes = [python(PROCESS, *args) for _ in range(8)]
    until(lambda: len(list(tmp_path.glob("ready-*"))) == 8, 40)
    return processes


def go(tmp_path: Path, processes) -> list[str]:
    (tmp_path / "go").touch()
    return [output(each, 60).strip() for each in processes]


def test_eight_processes_send_one_token_request_on_a_cold_start(issuer: ChaosIssuer, tmp_path: Path) -> None:
    processes = eight(tmp_path, issuer, [])
    issuer.plan(faults.slow(0.3))
    assert go(tmp_path, processes) == ["200 200 200 200 200"] * 8
    assert issuer.token_requests == 1


def test_eight_processes_send_one_token_request_on_a_storm_of_401(issuer: ChaosIssuer, tmp_path: Path) -> None:
    processes = eight(tmp_path, issuer, ["warm"])
    assert issuer.token_requests == 1
    issuer.end_access()
    issuer.plan(faults.slow(0.3))
    assert go(tmp_path, processes) == ["200 200 200 200 200"] * 8
    assert issuer.token_requests == 2


def test_eight_processes_send_one_token_request_on_expiry(issuer: ChaosIssuer, tmp_path: Path) -> None:
    issuer.changes["expires_in"] = 2
    begun = time.monotonic()
    processes = eight(tmp_path, issuer, ["warm"])
    warm = issuer.token_requests
    issuer.changes.clear()
    until(lambda: time.monotonic() - begun > 2.2)
    until(lambda: time.time() > max(issuer.seen[number].at for number in range(len(issuer.seen))) + 2.1)
    issuer.plan(faults.slow(0.3))
    assert go(tmp_path, processes) == ["200 200 200 200 200"] * 8
    assert issuer.token_requests == warm + 1


def test_one_more_request_for_each_leader_killed(tmp_path: Path) -> None:
    """The killed leader's request reached the issuer: inside its grace window the next one gets the same successor."""
    with ChaosIssuer(rotate=True, grace=30) as issuer:
        processes = eight(tmp_path, issuer, [])
        by_pid = {each.pid: each for each in processes}
        issuer.plan(faults.slow(2), faults.slow(2))
        (tmp_path / "go").touch()
        killed = []
        for number in (1, 2):
            until(lambda number=number: issuer.token_requests == number)  # type: ignore[misc]  # bound at once
            time.sleep(0.2)
            killed.append(_holder(tmp_path, by_pid))
            by_pid[killed[-1]].send_signal(signal.SIGKILL)
            by_pid.pop(killed[-1]).communicate(timeout=10)
        assert [output(each, 60).strip() for each in by_pid.values()] == ["200 200 200 200 200"] * 6
        assert issuer.token_requests == 3


def _holder(tmp_path: Path, processes: dict[int, object]) -> int:
    """Who holds the lock, by the kernel's own table."""
    inode = next((tmp_path / "tokens" / "locks").glob("*.lock")).stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if (
            "FLOCK" in words
            and words[1] != "->"
            and words[5].rpartition(":")[2] == str(inode)
            and int(words[4]) in processes
        ):
            return int(words[4])
    raise AssertionError("nobody holds the lock")
