"""Flows and their two drivers: the same steps, replies and failures in both colours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lychgate.kernel.flow import Flow, Step, done
from lychgate.kernel.http import Request, Response
from lychgate.kernel.steps import Now, Send, Sleep
from lychgate.world.awaiting import arun
from lychgate.world.blocking import run

Driver = Callable[[Flow[Any], Callable[[Step[Any]], Any]], Any]


@pytest.fixture(params=["blocking", "awaiting"])
def drive(request: pytest.FixtureRequest) -> Driver:
    if request.param == "blocking":
        return run

    def awaited(flow: Flow[Any], perform: Callable[[Step[Any]], Any]) -> Any:
        async def later(step: Step[Any]) -> Any:
            return perform(step)

        return asyncio.run(arun(flow, later))

    return awaited


def test_a_flow_is_played_by_hand_without_a_loop_or_a_clock() -> None:
    def flow() -> Flow[tuple[float, int]]:
        now = yield from Now()
        answer = yield from Send(Request("GET", "https://a.example.org"))
        return now, answer.status

    played = flow()
    assert isinstance(next(played), Now)
    sent = played.send(5.0)
    assert isinstance(sent, Send)
    assert sent.request == Request("GET", "https://a.example.org")
    with pytest.raises(StopIteration) as end:
        played.send(Response(204))
    assert end.value.value == (5.0, 204)


def test_a_flow_that_needs_nothing_ends_at_once(drive: Driver) -> None:
    assert drive(done(7), lambda step: pytest.fail("no step was needed")) == 7


def test_replies_come_back_in_order(drive: Driver) -> None:
    def flow() -> Flow[list[float]]:
        first = yield from Now()
        return [first, (yield from Now()), (yield from Now())]

    numbers = iter([1.0, 2.0, 3.0])
    assert drive(flow(), lambda step: next(numbers)) == [1.0, 2.0, 3.0]


def test_a_failure_is_thrown_into_the_flow_which_may_go_on(drive: Driver) -> None:
    def flow() -> Flow[str]:
        try:
            yield from Sleep(1)
        except OSError as error:
            yield from Now()
            return f"seen: {error}"
        return "not seen"

    def perform(step: Step[Any]) -> Any:
        if isinstance(step, Sleep):
            raise OSError("broken")
        return 0.0

    assert drive(flow(), perform) == "seen: broken"


def test_a_failure_that_the_flow_does_not_see_reaches_the_caller_after_its_cleaning_up(drive: Driver) -> None:
    cleaned = []

    def flow() -> Flow[None]:
        try:
            yield from Sleep(1)
        finally:
            cleaned.append(True)

    def perform(step: Step[Any]) -> Any:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        drive(flow(), perform)
    assert cleaned == [True]


def test_an_error_of_the_flow_itself_reaches_the_caller(drive: Driver) -> None:
    def flow() -> Flow[None]:
        yield from Now()
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        drive(flow(), lambda step: 0.0)


def test_a_cancellation_is_seen_by_the_flow() -> None:
    seen = []

    def flow() -> Flow[None]:
        try:
            yield from Sleep(30)
        except BaseException as error:
            seen.append(type(error))
            raise

    async def scene() -> None:
        async def later(step: Step[Any]) -> Any:
            await asyncio.sleep(30)

        task = asyncio.ensure_future(arun(flow(), later))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    assert seen == [asyncio.CancelledError]
