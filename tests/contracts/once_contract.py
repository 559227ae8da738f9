"""The promise of ``Once``: everybody who wants the same thing at the same time does it one time.

One suite for each store: subclass ``OnceContract`` and give it a ``store`` fixture.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lychgate.kernel.errors import LychgateError, TransientError
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.http import Request
from lychgate.kernel.record import Record
from lychgate.kernel.steps import Attempt, Call, Load, Save, Sleep
from lychgate.world.perform import Performer

KEY = "the login"


class Work:
    """A flow that counts how often it ran; ``body`` is what one run does."""

    def __init__(self, seconds: float = 0.15) -> None:
        self.begun = 0
        self.seconds = seconds
        self._guard = threading.Lock()
        self.entered = threading.Event()

    def make(self) -> Flow[int]:
        with self._guard:
            self.begun += 1
            mine = self.begun
        self.entered.set()
        yield from Sleep(self.seconds)
        return mine

    def once(self, wait: float = 20.0, key: str = KEY) -> Flow[int]:
        return (yield from Once(key, self.make, wait))


class Nobody:
    """A person who is not there."""

    def ask(self, prompt: str, secret: bool) -> str:
        raise AssertionError("nobody should be asked")

    def tell(self, message: str) -> None: ...

    def visit(self, step: Any) -> Any:
        raise AssertionError("nobody should visit")


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


class OnceContract:
    @pytest.fixture
    def store(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def performer(self, store: Any) -> Performer:
        return Performer(store, Nobody())

    def test_fifty_threads_do_it_one_time(self, performer: Performer) -> None:
        work, gate = Work(1.0), threading.Barrier(50)

        def caller(_: int) -> int:
            gate.wait(20)  # all are there before the first begins, however busy the machine is
            return performer.run(work.once())

        with ThreadPoolExecutor(50) as pool:
            assert list(pool.map(caller, range(50))) == [1] * 50

    def test_fifty_tasks_do_it_one_time(self, performer: Performer) -> None:
        work = Work()

        async def everybody() -> list[int]:
            return await asyncio.gather(*[performer.arun(work.once()) for _ in range(50)])

        assert asyncio.run(everybody()) == [1] * 50

    def test_several_loops_and_threads_share_one_object_and_do_it_one_time(self, performer: Performer) -> None:
        work, got = Work(0.4), []
        ready = threading.Barrier(8)

        def loop() -> None:
            async def everybody() -> None:
                got.extend(await asyncio.gather(*[performer.arun(work.once()) for _ in range(10)]))

            ready.wait(10)
            asyncio.run(everybody())

        def thread() -> None:
            ready.wait(10)
            got.append(performer.run(work.once()))

        threads = [threading.Thread(target=target) for target in [loop, thread] * 4]
        for each in threads:
            each.start()
        for each in threads:
            each.join(20)
        assert got == [1] * 44

    def test_two_performers_of_one_store_do_it_one_time(self, store: Any) -> None:
        work = Work()
        with ThreadPoolExecutor(8) as pool:
            runs = [pool.submit(Performer(store, Nobody()).run, work.once()) for _ in range(8)]
            assert [each.result(20) for each in runs] == [1] * 8

    def test_other_keys_do_not_wait(self, performer: Performer) -> None:
        slow, quick = Work(1.5), Work(0)
        with ThreadPoolExecutor(2) as pool:
            late = pool.submit(performer.run, slow.once())
            assert slow.entered.wait(5)
            begun = time.monotonic()
            assert performer.run(quick.once(key="another")) == 1
            assert time.monotonic() - begun < 1
            assert late.result(20) == 1

    def test_the_next_one_after_the_end_runs_again(self, performer: Performer) -> None:
        work = Work(0)
        assert [performer.run(work.once()) for _ in range(3)] == [1, 2, 3]

    def test_a_failure_is_shared_by_all_who_waited_and_by_nobody_later(self, performer: Performer) -> None:
        tries = []

        def fails() -> Flow[int]:
            tries.append(1)
            yield from Sleep(0.2)
            if len(tries) == 1:
                raise LychgateError("the first one fails")
            return 7

        def flow() -> Flow[int]:
            return (yield from Once(KEY, fails))

        with ThreadPoolExecutor(10) as pool:
            runs = [pool.submit(performer.run, flow()) for _ in range(10)]
            assert [str(each.exception(20)) for each in runs] == ["the first one fails"] * 10
        assert performer.run(flow()) == 7

    def test_a_timeout_error_of_the_run_itself_is_not_taken_for_the_deadline(self, performer: Performer) -> None:
        def fails() -> Flow[int]:
            yield from Sleep(0.2)
            raise TimeoutError("of the run itself")

        def flow() -> Flow[int]:
            return (yield from Once(KEY, fails))

        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(performer.run, flow()) for _ in range(4)]
            assert [str(each.exception(20)) for each in runs] == ["of the run itself"] * 4

    def test_a_thread_does_not_wait_past_its_deadline(self, performer: Performer) -> None:
        work = Work(1.5)
        with ThreadPoolExecutor(1) as pool:
            leader = pool.submit(performer.run, work.once())
            assert work.entered.wait(5)
            begun = time.monotonic()
            with pytest.raises(TransientError, match="try again"):
                performer.run(work.once(wait=0.3))
            assert time.monotonic() - begun < 1.2
            assert leader.result(20) == 1

    def test_a_task_does_not_wait_past_its_deadline(self, performer: Performer) -> None:
        work = Work(1.5)

        async def both() -> None:
            leader = asyncio.ensure_future(performer.arun(work.once()))
            await asyncio.sleep(0.1)
            begun = time.monotonic()
            with pytest.raises(TransientError, match="try again"):
                await performer.arun(work.once(wait=0.3))
            assert time.monotonic() - begun < 1.2
            assert await leader == 1

        asyncio.run(both())

    def test_who_does_not_want_to_wait_at_all_is_told_at_once(self, performer: Performer) -> None:
        work = Work(1.0)
        with ThreadPoolExecutor(1) as pool:
            leader = pool.submit(performer.run, work.once())
            assert work.entered.wait(5)
            begun = time.monotonic()
            with pytest.raises(TransientError):
                performer.run(work.once(wait=0))
            assert time.monotonic() - begun < 0.5
            assert leader.result(20) == 1

    def test_a_cancelled_leader_hands_over_and_nobody_else_is_cancelled(self, performer: Performer) -> None:
        work = Work(0.5)

        async def scene() -> list[int]:
            leader = asyncio.ensure_future(performer.arun(work.once()))
            await asyncio.sleep(0.1)
            others = [asyncio.ensure_future(performer.arun(work.once())) for _ in range(20)]
            await asyncio.sleep(0.1)
            leader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leader
            return await asyncio.wait_for(asyncio.gather(*others), 10)

        assert asyncio.run(scene()) == [2] * 20

    def test_a_cancelled_leader_hands_over_to_a_thread(self, performer: Performer) -> None:
        work = Work(1.0)
        with ThreadPoolExecutor(4) as pool:

            async def scene() -> list[int]:
                leader = asyncio.ensure_future(performer.arun(work.once()))
                await asyncio.sleep(0.1)
                others = [asyncio.wrap_future(pool.submit(performer.run, work.once())) for _ in range(4)]
                await asyncio.sleep(0.1)
                leader.cancel()
                return await asyncio.wait_for(asyncio.gather(*others), 10)

            assert asyncio.run(scene()) == [2] * 4

    def test_a_cancelled_waiter_cancels_only_itself(self, performer: Performer) -> None:
        work = Work(0.6)

        async def scene() -> list[int]:
            tasks = [asyncio.ensure_future(performer.arun(work.once())) for _ in range(10)]
            await asyncio.sleep(0.2)
            for task in tasks[1:5]:
                task.cancel()
            rest = await asyncio.wait_for(asyncio.gather(tasks[0], *tasks[5:]), 10)
            assert all(task.cancelled() for task in tasks[1:5])
            return rest

        assert asyncio.run(scene()) == [1] * 6

    def test_every_leader_may_be_cancelled_and_the_last_one_still_gets_it(self, performer: Performer) -> None:
        work = Work(0.2)

        async def scene() -> int:
            tasks = [asyncio.ensure_future(performer.arun(work.once())) for _ in range(6)]
            for task in tasks[:-1]:
                await asyncio.sleep(0.05)
                task.cancel()
            return await asyncio.wait_for(tasks[-1], 10)

        assert 1 <= asyncio.run(scene()) <= 6

    def test_a_loop_closed_in_the_middle_hands_over(self, performer: Performer) -> None:
        """The task is still referred to, so that no collector ends it: it stays suspended for ever."""
        work = Work(0.2)
        kept: list[Any] = []

        def loop_that_dies() -> None:
            loop = asyncio.new_event_loop()
            slow = Work(30)
            task = loop.create_task(performer.arun(slow.once()))
            kept.append((task, loop))
            loop.run_until_complete(asyncio.sleep(0.2))
            loop.close()

        thread = threading.Thread(target=loop_that_dies)
        thread.start()
        thread.join(10)
        begun = time.monotonic()
        assert performer.run(work.once()) == 1
        assert time.monotonic() - begun < 5
        task, _ = kept.pop()
        task.get_loop().call_exception_handler = lambda context: None  # it is destroyed while pending, on purpose
        del task
        gc.collect()
        assert performer.run(work.once()) == 2

    def test_a_loop_closed_while_others_wait_hands_over_to_one_of_them(self, performer: Performer) -> None:
        slow, work, kept = Work(30), Work(0.1), []
        closed = threading.Event()

        def loop_that_dies() -> None:
            loop = asyncio.new_event_loop()
            task = loop.create_task(performer.arun(slow.once()))
            kept.append(task)
            loop.run_until_complete(asyncio.sleep(0.5))
            loop.close()
            loop.call_exception_handler = lambda context: None  # type: ignore[method-assign]  # destroyed on purpose
            closed.set()

        thread = threading.Thread(target=loop_that_dies)
        thread.start()
        assert slow.entered.wait(5)
        with ThreadPoolExecutor(10) as pool:
            others = [pool.submit(performer.run, work.once()) for _ in range(10)]
            assert [each.result(20) for each in others] == [1] * 10
        thread.join(10)
        assert closed.is_set()

    def test_a_flow_that_is_dropped_in_the_middle_hands_over(self, performer: Performer) -> None:
        from lychgate.world.once import once
        from lychgate.world.runs import Runner

        work = Work(0)
        flow = once(Once(KEY, work.make), performer.registry, performer.store.lock, Runner.blocking())
        next(flow)
        del flow
        gc.collect()
        assert performer.run(work.once()) == 2

    def test_an_attempt_inside_once_is_an_error(self, performer: Performer) -> None:
        def attempts() -> Flow[int]:
            yield from Attempt(Request("GET", "http://127.0.0.1/"))
            return 1

        def flow() -> Flow[int]:
            return (yield from Once(KEY, attempts))

        with pytest.raises(RuntimeError, match="Attempt inside Once"):
            performer.run(flow())
        assert performer.run(Work(0).once()) == 1

    def test_once_inside_once_with_the_same_key_is_an_error_at_once(self, performer: Performer) -> None:
        work = Work(0)

        def outer() -> Flow[int]:
            return (yield from Once(KEY, work.once))

        begun = time.monotonic()
        with pytest.raises(RuntimeError, match="inside Once"):
            performer.run(outer())
        with pytest.raises(RuntimeError, match="inside Once"):
            asyncio.run(performer.arun(outer()))
        assert time.monotonic() - begun < 5

    def test_once_inside_once_with_another_key_works(self, performer: Performer) -> None:
        work = Work(0)

        def outer() -> Flow[int]:
            return (yield from Once(KEY, lambda: work.once(key="inner")))

        assert performer.run(outer()) == 1
        assert asyncio.run(performer.arun(outer())) == 2

    def test_a_blocking_call_in_the_leaders_own_loop_is_told_so_at_once(self, performer: Performer) -> None:
        work = Work(0.5)

        async def scene() -> int:
            leader = asyncio.ensure_future(performer.arun(work.once()))
            await asyncio.sleep(0.1)
            begun = time.monotonic()
            with pytest.raises(TransientError, match="await"):
                performer.run(work.once())
            assert time.monotonic() - begun < 0.2
            return await leader

        assert asyncio.run(scene()) == 1

    def test_a_blocking_leader_in_a_loops_thread_ends_before_the_tasks_wait(self, performer: Performer) -> None:
        work = Work(0.1)

        async def scene() -> list[int]:
            waiting = [asyncio.ensure_future(performer.arun(work.once())) for _ in range(5)]
            first = performer.run(work.once())
            return [first, *await asyncio.gather(*waiting)]

        assert asyncio.run(scene()) == [1, 2, 2, 2, 2, 2]

    def test_a_failing_step_reaches_the_flow_that_asked_for_it(self, performer: Performer) -> None:
        def careful() -> Flow[str]:
            try:
                yield from Call(int, ("no number",))
            except ValueError:
                return "seen"
            return "not seen"

        def flow() -> Flow[str]:
            return (yield from Once(KEY, careful))

        assert performer.run(flow()) == "seen"
        assert asyncio.run(performer.arun(flow())) == "seen"

    def test_what_is_being_saved_when_the_leader_is_cancelled_is_saved(self, performer: Performer) -> None:
        def saves() -> Flow[int]:
            for number in range(200):
                yield from Save(KEY, Record({"number": number}))
            return 1

        def loads() -> Flow[Any]:
            return (yield from Load(KEY))

        async def scene() -> None:
            task = asyncio.ensure_future(performer.arun(saves()))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait([task])

        asyncio.run(scene())
        record = performer.run(loads())
        time.sleep(0.1)  # a write that went on behind our back would show now
        assert performer.run(loads()) == record

    def test_a_thousand_rounds_leave_nothing_behind(self, performer: Performer) -> None:
        work = Work(0)
        for _ in range(1000):
            performer.run(work.once())
        assert performer.registry._running == {}
