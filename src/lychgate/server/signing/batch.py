"""Work of one kind that one turn of the event loop brings, done in a row.

A signature on P-256 reads through a table of 150 kB. Done between other work, each one fetches it anew; in a row it
stays in the processor's cache (measured at 16 connections: 66 us each before, 30 us in a row). Nothing waits for a
timer: what is asked for in one turn of the loop is done in the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Batch(Generic[A, R]):
    """``await batch(argument)`` is ``work(argument)``; what ``work`` raises is raised there. Of one event loop."""

    __slots__ = ("_waiting", "_work")

    def __init__(self, work: Callable[[A], R]) -> None:
        self._work = work
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []

    def __call__(self, argument: A) -> asyncio.Future[R]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[R] = loop.create_future()
        self._waiting.append((argument, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._go)
        return answer

    def _go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for argument, answer in waiting:
            if answer.done():  # whoever asked has gone
                continue
            try:
                answer.set_result(self._work(argument))
            except Exception as error:
                answer.set_exception(error)
