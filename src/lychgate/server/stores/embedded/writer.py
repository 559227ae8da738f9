"""The one thread through which a process writes to an SQLite file.

Writes that are already waiting share one transaction, each with a savepoint of its own, and are answered after its
COMMIT; a write never waits for others to come, only for the event loop to have begun all that it has ready. So one
fsync serves many when many come, and one when one comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..connection import drive
from ..repertoire import Act
from ..store import StoreUnavailable
from ..verbs.feed import last_change
from .faults import translated
from .link import Link
from .turn import Turn

R = TypeVar("R")
MOST = 64  # writes in one transaction
PATIENCE = 10.0  # seconds that a write waits for its turn


class Job:
    """A write that waits. It is taken once: by the thread, which then carries it out, or by whoever gives it up."""

    __slots__ = ("_free", "act", "answer")

    def __init__(self, act: Act[Any], answer: asyncio.Future[Any]) -> None:
        self.act, self.answer = act, answer
        self._free = [None]

    def take(self) -> bool:
        try:
            self._free.pop()  # one operation of the interpreter: exactly one caller gets it
        except IndexError:
            return False
        return True

    def give_up(self) -> None:
        if self.take() and not self.answer.done():
            message = f"the database was not free for {PATIENCE:.0f} s: another process holds its write lock"
            self.answer.set_exception(StoreUnavailable(message))


class Outcome(NamedTuple):
    job: Job
    value: Any
    error: BaseException | None


class Writer:
    """Carries out writes one after the other. ``told`` is called on the loop when the change feed has moved."""

    def __init__(self, file: Path, db: sqlite3.Connection, link: Link, told: Callable[[], object]) -> None:
        self._file, self._db, self._link, self._told = file, db, link, told
        self._turn = Turn(file)
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._gathered: list[Job] = []
        self._last = drive(last_change(link))
        self._thread = threading.Thread(target=self._work, name="lychgate-writer", daemon=True)
        self._thread.start()

    async def write(self, act: Act[R]) -> R:
        """Carry ``act`` out in a transaction. A caller that is cancelled before its turn has changed nothing."""
        loop = asyncio.get_running_loop()
        job = Job(act, loop.create_future())
        patience = loop.call_later(PATIENCE, job.give_up)
        self._gathered.append(job)
        if len(self._gathered) == 1:
            loop.call_soon(self._hand_over)
        try:
            value: R = await job.answer
        finally:
            patience.cancel()
            job.take()
        return value

    def _hand_over(self) -> None:
        """Give the thread at once what one turn of the event loop brought."""
        jobs, self._gathered = self._gathered, []
        for job in jobs:
            self._waiting.put(job)

    def close(self) -> None:
        """Carry out what waits, then end the thread."""
        self._hand_over()
        self._waiting.put(None)
        self._thread.join(PATIENCE)
        if not self._thread.is_alive():
            self._turn.close()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            self._serve(job)

    def _serve(self, first: Job) -> None:
        """One transaction for ``first`` and those that wait behind it."""
        done: list[Outcome] = []
        moved = False
        try:
            with self._turn:
                self._db.execute("BEGIN IMMEDIATE")
                for job in self._queued(first):
                    done.append(Outcome(job, None, None))
                    done[-1] = self._carry_out(job)
                last = drive(last_change(self._link))
                self._db.execute("COMMIT")
            moved, self._last = last != self._last, last
        except BaseException as error:  # whatever it is, whoever waits must hear of it
            done = self._failed(first, done, error)
        self._answer(done, moved)

    def _queued(self, job: Job | None) -> Iterator[Job]:
        for _ in range(MOST):
            if job is None:
                self._waiting.put(None)  # the end: for ``_work`` to see
                return
            if job.take():
                yield job
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                return
        if job is not None:
            self._waiting.put(job)

    def _carry_out(self, job: Job) -> Outcome:
        self._db.execute("SAVEPOINT job")
        try:
            value = drive(job.act(self._link))
        except Exception as error:
            if not self._db.in_transaction:  # SQLite ended the whole transaction, the writes before this one too
                raise
            self._db.execute("ROLLBACK TO job")
            self._db.execute("RELEASE job")
            return Outcome(job, None, translated(error, self._file))
        self._db.execute("RELEASE job")
        return Outcome(job, value, None)

    def _failed(self, first: Job, done: list[Outcome], error: BaseException) -> list[Outcome]:
        """The transaction as a whole came to nothing: so did each write in it."""
        with contextlib.suppress(sqlite3.Error):  # there may be nothing left to roll back
            self._db.execute("ROLLBACK")
        jobs = [outcome.job for outcome in done] or [first]
        first.take()
        return [Outcome(job, None, translated(error, self._file)) for job in jobs]

    def _answer(self, done: list[Outcome], moved: bool) -> None:
        loops = {outcome.job.answer.get_loop() for outcome in done}
        for loop in loops:
            mine = [outcome for outcome in done if outcome.job.answer.get_loop() is loop]
            try:
                loop.call_soon_threadsafe(self._deliver, mine, moved)
            except RuntimeError:  # the loop is closed: nobody waits any more
                continue

    def _deliver(self, done: list[Outcome], moved: bool) -> None:
        if moved:
            self._told()
        for job, value, error in done:
            if job.answer.done():
                continue
            if error is None:
                job.answer.set_result(value)
            else:
                job.answer.set_exception(error)
