"""Who runs what in this process: the table behind ``Once``.

A run belongs to its *leader*; the others wait for its future. A leader that can never go on (its event loop was closed
in the middle, its thread is gone) is found out by those who wait, and a waiter takes over. A fork starts with a clear
table.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from . import posix

if TYPE_CHECKING:
    import asyncio

HANDED_OVER = object()


class Lock(Protocol):
    """A lock between processes, as ``Store.lock(key)`` gives it; neither call ever blocks."""

    def try_acquire(self) -> bool: ...
    def release(self) -> None:
        """Let go; a second call, and one in a child after a fork, does nothing."""
        ...


@dataclass(slots=True, eq=False)
class Runner:
    """Who drives a flow: a thread, and where it awaits also the event loop and the task (another one after a
    cancellation, where something is brought to its end)."""

    thread: threading.Thread
    loop: asyncio.AbstractEventLoop | None = None
    task: asyncio.Task[Any] | None = None

    @classmethod
    def blocking(cls) -> Runner:
        return cls(threading.current_thread())

    @classmethod
    def awaiting(cls) -> Runner:
        import asyncio

        return cls(threading.current_thread(), asyncio.get_running_loop(), asyncio.current_task())

    def gone(self) -> bool:
        """Whether this runner can never go on."""
        return not self.thread.is_alive() or (self.loop is not None and self.loop.is_closed())

    def held_up_by(self, other: Runner) -> bool:
        """Whether this runner cannot go on before ``other``, which is about to wait for it, does."""
        if self.loop is None:
            return self.thread is other.thread  # a leader further up in the very same call stack
        if other.loop is None:
            return self.thread is other.thread  # a blocking call in the thread of the leader's event loop
        return self.task is not None and self.task is other.task


@dataclass(slots=True, eq=False)
class Run:
    """One run of a key: its leader, the future that the others wait for, and the lock between processes it holds."""

    leader: Runner
    future: Future[Any] = field(default_factory=Future)
    lock: Lock | None = None


class Registry:
    """The runs of one store's keys in this process. ``join`` makes the first comer of a key its leader."""

    def __init__(self) -> None:
        self._clear()
        _registries.add(self)

    def _clear(self) -> None:
        self._guard = threading.RLock()  # the collector may end an abandoned run while its own thread is in here
        self._running: dict[str, Run] = {}

    def join(self, key: str, who: Runner) -> Run:
        """The run of ``key``; its leader is ``who`` if nobody ran it."""
        with self._guard:
            running = self._running.get(key)
            if running is None or running.future.done():
                running = self._running[key] = Run(who)
            return running

    def leave(self, key: str, mine: Run, outcome: Any, failure: Exception | None = None) -> None:
        """The run is over: let go of its lock, then tell those who wait. A second call does nothing."""
        with self._guard:
            if self._running.get(key) is mine:
                del self._running[key]
            lock, mine.lock = mine.lock, None
        if lock is not None:
            lock.release()
        with contextlib.suppress(InvalidStateError):
            if failure is None:
                mine.future.set_result(outcome)
            else:
                mine.future.set_exception(failure)


_registries: weakref.WeakSet[Registry] = weakref.WeakSet()
_by_store: weakref.WeakKeyDictionary[Any, Registry] = weakref.WeakKeyDictionary()


def registry_of(store: object) -> Registry:
    """The registry that all users of one store object share (a new one where it cannot be referred to weakly)."""
    try:
        return _by_store.setdefault(store, Registry())
    except TypeError:
        return Registry()


def _after_fork() -> None:
    for registry in list(_registries):
        registry._clear()


posix.in_child(_after_fork)
