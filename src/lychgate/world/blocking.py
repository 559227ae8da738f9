"""Driving a flow by blocking the calling thread."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from lychgate.kernel.flow import Flow, Step
from lychgate.kernel.steps import Call, Load, Now, Save, Send

T = TypeVar("T")
Perform: TypeAlias = Callable[[Step[Any]], Any]

KEEPING = (Call, Load, Now, Save, Send)  # what it takes to keep an answer: neither a person nor patience


def run(flow: Flow[T], perform: Perform) -> T:
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


def run_whole(flow: Flow[T], perform: Perform, moved: Callable[[threading.Thread], None]) -> T:
    """As ``run``, but no answer is lost to an interruption (Ctrl-C) that used up what its request carried.

    From such a request on the flow is driven by a thread of its own, as far as that needs neither a person nor
    patience. A caller who is interrupted meanwhile is let go at once, and ``moved`` is told of the thread that goes on.
    """
    return run(_in_parts(flow, perform, moved), perform)


@dataclass(frozen=True, slots=True)
class _End:
    value: Any


_Place: TypeAlias = "Step[Any] | _End"  # where a flow has come to: the step that it waits for, or its end


def _in_parts(flow: Flow[T], perform: Perform, moved: Callable[[threading.Thread], None]) -> Flow[T]:
    place = _moved_on(flow.send, None)
    while not isinstance(place, _End):
        place = yield from _until(flow, place, spends)
        if not isinstance(place, _End):
            place = _Apart(flow, place, perform).followed(moved)
    return place.value  # type: ignore[no-any-return]  # a generator's return value is untyped


def spends(step: Step[Any]) -> bool:
    """Whether an answer that is not kept is a loss: the request that brings it cannot be made a second time."""
    return isinstance(step, Send) and step.spends


def _until(flow: Flow[Any], place: _Place, there: Callable[[Step[Any]], bool]) -> Flow[_Place]:
    """Drive the flow on until it ends or waits for a step that is ``there``."""
    while not (isinstance(place, _End) or there(place)):
        try:
            reply = yield place
        except BaseException as error:
            place = _moved_on(flow.throw, error)
        else:
            place = _moved_on(flow.send, reply)
    return place


def _moved_on(move: Callable[[Any], Step[Any]], given: Any) -> _Place:
    try:
        return move(given)
    except StopIteration as end:
        return _End(end.value)


class _Apart:
    """The part of a flow that is to come to its end, driven by a thread that no interruption reaches."""

    def __init__(self, flow: Flow[Any], place: Step[Any], perform: Perform) -> None:
        self._flow, self._place, self._perform = flow, place, perform
        self._came: Future[_Place] = Future()
        self._turn = threading.Lock()
        self._left: BaseException | None = None  # what took the caller away

    def followed(self, moved: Callable[[threading.Thread], None]) -> _Place:
        """Where the flow has come to. Raises what it raised, and what interrupted the wait for it."""
        thread = threading.Thread(target=contextvars.copy_context().run, args=(self._drive,), name="lychgate-renewal")
        thread.start()
        try:
            self._came.exception()
        except BaseException as interruption:
            with self._turn:
                if not self._came.done():
                    self._left = interruption
                    moved(thread)
                    raise
            return _moved_on(self._flow.throw, interruption)  # it came at that moment: the flow is ours again
        return self._came.result()

    def _drive(self) -> None:
        try:
            place = run(_until(self._flow, self._place, lambda step: not isinstance(step, KEEPING)), self._perform)
        except BaseException as error:
            with self._turn:
                self._came.set_exception(error)
            return
        with self._turn:
            if self._left is None:
                self._came.set_result(place)
                return
        if not isinstance(place, _End):
            with suppress(BaseException):  # nobody is there to be asked or to wait; whoever follows the run is told
                self._flow.throw(self._left)


def settled(future: Future[Any], seconds: float) -> bool:
    """Whether ``future`` is done within so many seconds."""
    try:
        future.exception(seconds)
    except TimeoutError:
        return future.done()
    return True
