"""The change feed of a worker: what other workers, nodes and commands have changed, within a quarter of a second.

A row of the feed is read by its number, so an outage is caught up with afterwards. Where rows were tidied away before
they were read here, or the database was put back to an earlier state, everything must be read anew: ``on_reset``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from inspect import isawaitable
from typing import Any, NamedTuple, TypeVar

from .clock import steady
from .model import Change
from .stores.store import Store, StoreUnavailable

POLL = 0.25  # seconds between two reads
PATIENCE = 2.0  # seconds until a read counts as failed
PORTION = 1000  # rows a read

log = logging.getLogger("lychgate.server.feed")
R = TypeVar("R")
Heard = Callable[[Change], Awaitable[None] | None]
Reset = Callable[[], Awaitable[None] | None]


class Subscriber(NamedTuple):
    on_change: Heard
    on_reset: Reset


class Feed:
    """Tells its subscribers of each change once, in order. ``failures`` counts the reads that failed."""

    def __init__(self, store: Store, on_change: Heard | None = None, on_reset: Reset | None = None) -> None:
        """``on_change`` and ``on_reset`` are the first subscriber, if given."""
        self._store = store
        self._subscribers: list[Subscriber] = []
        if on_change is not None:
            self.subscribe(on_change, on_reset)
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._seen = 0
        self._read_at = self._tried_at = self._failed_at = float("-inf")
        self._failure: StoreUnavailable | None = None
        self.failures = 0

    def subscribe(self, on_change: Heard, on_reset: Reset | None = None) -> None:
        """``on_change`` hears of each change; ``on_reset`` that any number of them were missed. Both may be async.

        One that raises ``StoreUnavailable`` is told the same again with the next read.
        """
        self._subscribers.append(Subscriber(on_change, on_reset or _nothing))

    async def start(self) -> None:
        """Begin with what changes from now on: fill caches after this. Raises ``StoreUnavailable``."""
        self._seen = await self._store.last_change()
        self._read_at = self._tried_at = steady()
        self._task = asyncio.create_task(self._follow(), name="lychgate-feed")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def age(self) -> float:
        """Seconds since the last good read began."""
        return steady() - self._read_at

    @property
    def failing(self) -> bool:
        """Whether the last read failed; it is tried again and again meanwhile."""
        return self._failure is not None

    async def refresh(self) -> None:
        """Read what was changed up to this call. Callers at the same time share a read, and its failure.

        Raises ``StoreUnavailable``; at once where a read has just failed.
        """
        called = steady()
        async with self._lock:
            if self._failure is not None and called - self._failed_at < POLL:  # or while we waited for our turn
                raise StoreUnavailable(str(self._failure))
            if self._tried_at < called:
                await self._try()

    async def _follow(self) -> None:
        while True:
            try:
                await self._store.wait_for_change(POLL)
                async with self._lock:
                    await self._try()
            except StoreUnavailable:
                await asyncio.sleep(POLL)  # a store that is away may not even wait
            except Exception:
                log.exception("the change feed stumbled, and goes on")
                await asyncio.sleep(POLL)

    async def _try(self) -> None:
        began = self._tried_at = steady()
        try:
            await self._read()
        except StoreUnavailable as error:
            self._failed(error)
            raise
        self._read_at = began
        if self._failure is not None:
            log.warning("the change feed reads the database again")
            self._failure = None

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        said = (
            error if isinstance(error, StoreUnavailable) else StoreUnavailable("the database does not answer in time")
        )
        if self._failure is None:
            log.warning("the change feed cannot read the database, going on from memory: %s", said)
        self._failure, self._failed_at = said, steady()

    async def _read(self) -> None:
        if self._failure is not None and await _soon(self._store.last_change()) < self._seen:
            await self._reset()  # the database that came back is an older one
        while rows := await _soon(self._store.changes(self._seen, PORTION)):
            if rows[0].seq > self._seen + 1 and await _soon(self._store.first_change()) > self._seen + 1:
                await self._reset()
                return
            for change in rows:
                await self._tell(change)
                self._seen = change.seq

    async def _reset(self) -> None:
        last = await _soon(self._store.last_change())
        log.warning("changes were missed: reading everything anew")
        for subscriber in self._subscribers:
            await _done(subscriber.on_reset())
        self._seen = last

    async def _tell(self, change: Change) -> None:
        for subscriber in self._subscribers:
            try:
                await _done(subscriber.on_change(change))
            except StoreUnavailable:
                raise
            except Exception:
                log.exception("a cache could not take the change of %s", change.kind)


def _nothing() -> None:
    """What a subscriber does at a reset who does not say."""


async def _soon(read: Coroutine[Any, Any, R]) -> R:
    """The read's rows, within ``PATIENCE``: one that was given up may take its time to end, and nobody waits for that.

    (A connection whose statement was cancelled waits for its database to say so, and one that hangs says nothing.)
    """
    task = asyncio.ensure_future(read)
    try:
        await asyncio.wait({task}, timeout=PATIENCE)
        if task.done():
            return task.result()
    finally:
        task.cancel()
    task.add_done_callback(_unheard)
    raise StoreUnavailable("the database does not answer in time")


def _unheard(task: asyncio.Task[R]) -> None:
    """Take what came of a read that was given up, lest asyncio complain that nobody did."""
    if not task.cancelled():
        task.exception()


async def _done(result: Awaitable[None] | None) -> None:
    if isawaitable(result):
        await result
