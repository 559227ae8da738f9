"""``Once``: threads, tasks, event loops and processes that want the same thing do it one time.

In a process: ``{key: concurrent.futures.Future}``. Threads wait with a deadline, tasks on a wrapped future; there is no
asyncio lock on anything that several loops may use. A leader that is cancelled or dies hands over: a waiter becomes the
leader, and the cancellation reaches nobody else. Between processes: a lock outside, tried without blocking, in the
caller's own colour; every wait has a deadline. A fork starts with a clear table.
"""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lychgate.kernel.errors import TransientError
from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.steps import Attempt, Sleep

T = TypeVar("T")

HANDED_OVER = object()


class Lock(Protocol):
    """A lock between processes, as ``Store.lock(key)`` gives it; neither call ever blocks."""

    def try_acquire(self) -> bool: ...
    def release(self) -> None: ...


class Locks(Protocol):
    """Whoever makes the locks between processes: a store."""

    def lock(self, key: str) -> Lock | None:
        """The lock of ``key``, or None where no other process can share what is kept (memory)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Await(Step[Any]):
    """Wait for a future at most ``seconds``; raises ``TimeoutError`` after that, and what the future raises."""

    future: Future[Any]
    seconds: float


class Registry:
    """Who runs what in this process. ``join`` makes the first comer of a key its leader."""

    def __init__(self) -> None:
        self._clear()
        _registries.add(self)

    def _clear(self) -> None:
        self._guard = threading.Lock()
        self._running: dict[str, Future[Any]] = {}

    def join(self, key: str) -> tuple[bool, Future[Any]]:
        """(whether the caller leads, the future of the run)."""
        with self._guard:
            running = self._running.get(key)
            if running is not None:
                return False, running
            mine: Future[Any] = Future()
            self._running[key] = mine
            return True, mine

    def leave(self, key: str, mine: Future[Any]) -> None:
        """The leader's run is over, whatever came of it."""
        with self._guard:
            if self._running.get(key) is mine:
                del self._running[key]


_registries: weakref.WeakSet[Registry] = weakref.WeakSet()


def _after_fork() -> None:
    for registry in list(_registries):
        registry._clear()


os.register_at_fork(after_in_child=_after_fork)


def once(step: Once[T], registry: Registry, locks: Locks) -> Flow[T]:
    """``Once`` as a flow over ``Await`` and ``Sleep``: the same for both colours.

    Raises ``TransientError`` when somebody else's run takes longer than ``step.wait`` seconds.
    """
    deadline = time.monotonic() + step.wait
    while True:
        leading, future = registry.join(step.key)
        if leading:
            return (yield from _lead(step, future, registry, locks, deadline))
        try:
            outcome = yield from Await(future, max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise _late(step) from None
        if outcome is not HANDED_OVER:
            return outcome  # type: ignore[no-any-return]  # the future of this key holds a T


def _lead(step: Once[T], future: Future[Any], registry: Registry, locks: Locks, deadline: float) -> Flow[T]:
    outcome: Any = HANDED_OVER
    failure: Exception | None = None
    lock: Lock | None = None
    try:
        lock = yield from _acquire(step, locks, deadline)
        outcome = yield from _guarded(step.make())
        return outcome  # type: ignore[no-any-return]  # what the flow made of T returned
    except Exception as error:  # a failure is everybody's; a cancellation (BaseException) is the leader's own
        failure = error
        raise
    finally:
        if lock is not None:
            lock.release()
        registry.leave(step.key, future)
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(outcome)


def _acquire(step: Once[T], locks: Locks, deadline: float) -> Flow[Lock | None]:
    lock = locks.lock(step.key)
    pause = 0.002
    while lock is not None and not lock.try_acquire():
        if time.monotonic() > deadline:
            raise _late(step)
        yield from Sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  jitter is no secret
        pause = min(pause * 1.5, 0.1)
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


def _late(step: Once[Any]) -> TransientError:
    return TransientError(
        f"somebody else has been renewing the same login for over {step.wait:.0f} s; try again", retry_after=1.0
    )
