"""Driving a flow by blocking the calling thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from lychgate.kernel.flow import Flow, Step

T = TypeVar("T")


def run(flow: Flow[T], perform: Callable[[Step[Any]], Any]) -> T:
    """Run ``flow`` to its end; a step's failure is thrown into the flow so that it can see it."""
    reply: Any = None
    failure: BaseException | None = None
    while True:
        try:
            step = flow.send(reply) if failure is None else flow.throw(failure)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a generator's return value is untyped
        try:
            reply, failure = perform(step), None
        except BaseException as error:
            reply, failure = None, error


def settled(future: Future[Any], seconds: float) -> bool:
    """Whether ``future`` is done within so many seconds."""
    try:
        future.exception(seconds)
    except TimeoutError:
        return future.done()
    return True
