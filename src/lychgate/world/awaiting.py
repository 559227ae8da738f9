"""Driving a flow by awaiting: the lines of ``blocking`` with one ``await``, and what waiting means in a loop.

asyncio is imported when something is awaited: who only blocks does not pay for it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from lychgate.kernel.flow import Flow, Step

from .blocking import KEEPING, spends

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
Perform: TypeAlias = Callable[[Step[Any]], Awaitable[Any]]


async def arun(flow: Flow[T], perform: Perform, begun: Awaitable[Any] | None = None) -> T:
    """Run ``flow`` to its end; a step's failure, a cancellation too, is thrown into the flow so that it can see it.

    ``begun`` is the step that the flow waits for already, if it does.
    """
    reply: Any = None
    failure: BaseException | None = None
    while True:
        if begun is None:
            try:
                step = flow.send(reply) if failure is None else flow.throw(failure)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # a generator's return value is untyped
            begun = perform(step)
        try:
            reply, failure = await begun, None
        except _Left as left:
            raise left.cancelled from None
        except BaseException as error:
            reply, failure = None, error
        begun = None


async def arun_whole(flow: Flow[T], perform: Perform, moved: Callable[[asyncio.Task[Any]], None]) -> T:
    """As ``arun``, but no answer is lost to a cancellation that used up what its request carried.

    A caller who is cancelled while such a request is on its way is let go at once. A task of its own, of which
    ``moved`` is told, drives the flow on from there: as far as that needs neither a person nor patience.
    """
    import asyncio

    async def careful(step: Step[Any]) -> Any:
        if not spends(step):
            return await perform(step)
        request = asyncio.ensure_future(perform(step))
        try:
            await asyncio.wait([request])
        except asyncio.CancelledError as cancelled:
            rest = asyncio.ensure_future(arun(flow, alone, request))
            _going_on.add(rest)
            rest.add_done_callback(_ended)
            moved(rest)
            raise _Left(cancelled) from None
        return request.result()

    async def alone(step: Step[Any]) -> Any:
        if isinstance(step, KEEPING):
            return await perform(step)
        raise asyncio.CancelledError  # late, but now nothing is lost by it

    return await arun(flow, careful)


class _Left(BaseException):
    """Somebody else drives the flow on: it is not to hear of its caller's cancellation."""

    def __init__(self, cancelled: BaseException) -> None:
        self.cancelled = cancelled


_going_on: set[asyncio.Task[Any]] = set()  # a loop alone does not keep its tasks


def _ended(rest: asyncio.Task[Any]) -> None:
    _going_on.discard(rest)
    if not rest.cancelled():
        rest.exception()  # whoever waits for the run is told; its first caller has gone


async def sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


async def settled(future: Future[Any], seconds: float) -> bool:
    """Whether ``future`` is done within so many seconds. A cancellation of the waiter never reaches the future."""
    import asyncio

    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake(_: Future[Any]) -> None:
        with contextlib.suppress(RuntimeError):  # that loop is closed: nobody waits in it any more
            loop.call_soon_threadsafe(_wake, woken)

    future.add_done_callback(wake)
    await asyncio.wait([woken], timeout=seconds)
    return future.done()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


async def in_thread(function: Callable[..., T], *args: Any, finish: bool) -> T:
    """A blocking call in a thread. With ``finish``, a cancellation waits until it has ended and then goes on."""
    import asyncio

    work = asyncio.ensure_future(asyncio.to_thread(function, *args))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while finish and not work.done():
            try:
                await asyncio.wait([work])
            except asyncio.CancelledError:
                continue  # what has begun to be saved is saved
        raise


async def in_stoppable_thread(function: Callable[[threading.Event], T]) -> T:
    """A blocking call that ends soon after the event it gets is set: a cancellation sets it, and waits for the end."""
    import asyncio

    stop = threading.Event()
    work = asyncio.ensure_future(asyncio.to_thread(function, stop))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(Exception):  # what it was to answer, nobody wants to know any more
            await asyncio.wait([work], timeout=5)
            work.exception() if work.done() else None
        raise
