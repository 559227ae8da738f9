"""``Once``: threads, tasks, event loops and processes that want the same thing do it one time.

In a process a table of runs (``runs``): threads and tasks wait for the leader's future with a deadline; there is no
asyncio lock on anything that several loops may use. A leader that is cancelled or dies hands over: a waiter becomes the
leader, and the cancellation reaches nobody else. Between processes: a lock outside, tried without blocking, in the
caller's own colour; every wait has a deadline.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from lychgate.kernel.errors import Busy, TransientError
from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.steps import Attempt, Sleep, Tell

from .runs import HANDED_OVER, Lock, Registry, Run, Runner

T = TypeVar("T")

SLICE = 0.25  # seconds between two looks whether the leader still lives
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.1  # seconds between two tries of a lock between processes
SAID = 1.5  # seconds after which a person is told what is waited for


@dataclass(frozen=True, slots=True, eq=False)
class Await(Step[bool]):
    """Wait for a future at most ``seconds``; the reply is whether it is done."""

    future: Future[Any]
    seconds: float


def once(step: Once[T], registry: Registry, lock_of: Callable[[str], Lock | None], who: Runner) -> Flow[T]:
    """``Once`` as a flow over ``Await`` and ``Sleep``: the same for both colours.

    ``lock_of(key)`` is the lock between processes, None where none is needed. Raises ``Busy`` when somebody else's
    run takes longer than ``step.wait`` seconds, ``TransientError`` where it could not go on while this caller blocks.
    """
    deadline = time.monotonic() + step.wait
    while True:
        run = registry.join(step.key, who)
        if run.leader is who:
            return (yield from _lead(step, run, registry, lock_of, deadline))
        outcome = yield from _follow(step, run, registry, who, deadline)
        if outcome is not HANDED_OVER:
            return outcome  # type: ignore[no-any-return]  # the future of this key holds a T


def _follow(step: Once[T], run: Run, registry: Registry, who: Runner, deadline: float) -> Flow[Any]:
    if run.leader.held_up_by(who):
        raise _entangled(run.leader, who)
    while True:
        left = deadline - time.monotonic()
        if (yield from Await(run.future, min(max(0.0, left), SLICE))):
            return run.future.result()
        if run.leader.gone():
            registry.leave(step.key, run, HANDED_OVER)
        elif left <= 0:
            raise _late(step)


def _lead(
    step: Once[T], run: Run, registry: Registry, lock_of: Callable[[str], Lock | None], deadline: float
) -> Flow[T]:
    outcome: Any = HANDED_OVER
    failure: Exception | None = None
    try:
        run.lock = yield from _acquire(step, lock_of, deadline)
        outcome = yield from _guarded(step.make())
        return outcome  # type: ignore[no-any-return]  # what the flow made of T returned
    except Busy:
        raise  # the leader's own patience ended: others came later and may wait longer
    except Exception as error:  # a failure is everybody's; a cancellation (BaseException) is the leader's own
        failure = error
        raise
    finally:
        registry.leave(step.key, run, outcome, failure)


def _acquire(step: Once[T], lock_of: Callable[[str], Lock | None], deadline: float) -> Flow[Lock | None]:
    lock = lock_of(step.key)
    pause, say_at = FIRST_PAUSE, time.monotonic() + SAID if step.about else deadline
    while lock is not None and not lock.try_acquire():
        if time.monotonic() >= deadline:
            raise _late(step)
        if time.monotonic() >= say_at:
            say_at = deadline
            left = deadline - time.monotonic()
            yield from Tell(f"Another program is logging in at {step.about}; waiting for it, at most {left:.0f} s.")
        yield from Sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  jitter is no secret
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return lock


def _guarded(flow: Flow[T]) -> Flow[T]:
    """The same flow; an ``Attempt`` in it is a programming error, thrown into the flow."""
    reply: Any = None
    failure: BaseException | None = None
    while True:
        try:
            wanted = flow.send(reply) if failure is None else flow.throw(failure)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a generator's return value is untyped
        reply, failure = None, None
        if isinstance(wanted, Attempt):
            failure = RuntimeError("Attempt inside Once: no lock is held across the caller's own request")
            continue
        try:
            reply = yield wanted
        except GeneratorExit:
            flow.close()
            raise
        except BaseException as error:
            failure = error


def _late(step: Once[Any]) -> Busy:
    return Busy(
        f"somebody else has been renewing the same login for over {step.wait:.0f} s; try again", retry_after=1.0
    )


def _entangled(leader: Runner, who: Runner) -> Exception:
    """Waiting would be waiting for oneself: say so at once instead of standing still until the deadline."""
    if leader.loop is not None and who.loop is None:
        return TransientError(
            "a blocking call in the thread of an event loop, while a task of that loop renews the same login: "
            "neither could go on. In a loop await the call (atoken(), aheaders(), an async client), or try again later",
            retry_after=1.0,
        )
    return RuntimeError("Once inside Once with the same key: the inner one would wait for the outer one for ever")
