"""Driving a flow by awaiting: the lines of ``blocking`` with one ``await``, and what waiting means in a loop.

asyncio is imported when something is awaited: who only blocks does not pay for it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from lychgate.kernel.flow import Flow, Step

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


async def arun(flow: Flow[T], perform: Callable[[Step[Any]], Awaitable[Any]]) -> T:
    """Run ``flow`` to its end; a step's failure, a cancellation too, is thrown into the flow so that it can see it."""
    reply: Any = None
    failure: BaseException | None = None
    while True:
        try:
            step = flow.send(reply) if failure is None else flow.throw(failure)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a generator's return value is untyped
        try:
            reply, failure = await perform(step), None
        except BaseException as error:
            reply, failure = None, error


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
