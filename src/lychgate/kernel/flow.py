"""Flows: procedures without I/O.

A flow is a generator that yields *steps* and is resumed with their replies; who drives it decides whether the steps
block or await. A step is iterable, so ``reply = yield from step`` has the type of the reply, with no cast.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

R = TypeVar("R")
T = TypeVar("T")


class Step(Generic[R]):
    """Something a flow needs from the world; its reply has the type ``R``."""

    __slots__ = ()

    def __iter__(self) -> Generator[Step[Any], Any, R]:
        reply: R = yield self
        return reply


Flow: TypeAlias = Generator[Step[Any], Any, T]


@dataclass(frozen=True, slots=True, eq=False)
class Once(Step[R]):
    """Run a flow while nobody else holds ``key``; whoever comes meanwhile gets the same result.

    ``make`` makes the flow (a waiter that takes over from a cancelled leader needs a fresh one). ``wait`` is the
    longest time in seconds that a caller waits for somebody else's run before it fails with ``TransientError``.
    ``about``: where somebody logs in, for a caller who waits for long to be told.
    The flow may not yield an ``Attempt``: no lock is ever held across the caller's own request.
    """

    key: str
    make: Callable[[], Flow[R]]
    wait: float = 60.0
    about: str = ""


def done(value: T) -> Flow[T]:
    """A flow that needs nothing and ends with ``value``."""
    return value
    yield  # makes this function a generator
