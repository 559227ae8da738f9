"""What each step means, in both colours: one table, the only place that waits, reads the clock or touches a store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.record import Record
from lychgate.kernel.steps import Ask, Call, Load, Now, Save, Send, Sleep, Tell, Visit

from .once import Await, Lock, Registry, once
from .wire import Wire

T = TypeVar("T")


class Store(Protocol):
    """Where records are kept. ``blocks`` says whether its calls may wait for a disk, an agent or a lock."""

    blocks: bool

    def load(self, key: str) -> Record | None: ...
    def save(self, key: str, record: Record | None) -> None: ...
    def keys(self) -> list[str]: ...
    def lock(self, key: str) -> Lock | None: ...


class Person(Protocol):
    """How somebody is reached. Each call has a deadline and raises ``LoginNeeded`` where nobody can be."""

    def ask(self, prompt: str, secret: bool) -> str: ...
    def tell(self, message: str) -> None: ...
    def visit(self, step: Visit) -> Mapping[str, str]: ...


class Performer:
    """Carries out steps: ``now`` blocks the thread, ``later`` awaits."""

    def __init__(self, store: Store, person: Person, wire: Wire | None = None) -> None:
        self.store, self.person, self.wire = store, person, wire or Wire()
        self.registry = Registry()
        self._now: dict[type[Any], Callable[[Any], Any]] = {
            Send: lambda s: self.wire.send(s.request, s.timeout),
            Sleep: lambda s: time.sleep(s.seconds),
            Now: lambda s: time.time(),
            Load: lambda s: self.store.load(s.key),
            Save: lambda s: self.store.save(s.key, s.record),
            Call: lambda s: s.function(*s.args),
            Ask: lambda s: self.person.ask(s.prompt, s.secret),
            Tell: lambda s: self.person.tell(s.message),
            Visit: self._visit,
            Await: lambda s: s.future.result(s.seconds),
            Once: self._once,
        }
        self._later: dict[type[Any], Callable[[Any], Awaitable[Any]]] = {
            Send: lambda s: self.wire.asend(s.request, s.timeout),
            Sleep: lambda s: asyncio.sleep(s.seconds),
            Await: lambda s: asyncio.wait_for(asyncio.shield(asyncio.wrap_future(s.future)), s.seconds),
            Once: self._aonce,
        }

    def now(self, step: Step[Any]) -> Any:
        """Carry out ``step`` in the calling thread."""
        return self._now[type(step)](step)

    async def later(self, step: Step[Any]) -> Any:
        """Carry out ``step`` without holding up the event loop."""
        awaiting = self._later.get(type(step))
        if awaiting is not None:
            return await awaiting(step)
        if isinstance(step, Now) or (isinstance(step, Load | Save) and not self.store.blocks):
            return self.now(step)
        return await self._in_thread(step)

    async def _in_thread(self, step: Step[Any]) -> Any:
        """In a thread. What has begun to be saved is saved: a cancellation waits for it and then goes on."""
        work = asyncio.ensure_future(asyncio.to_thread(self.now, step))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if isinstance(step, Save):
                await asyncio.wait([work])
            raise

    def _visit(self, step: Visit) -> Mapping[str, str]:
        return self.person.visit(step)

    def _once(self, step: Once[T]) -> T:
        return self.run(once(step, self.registry, self.store))

    async def _aonce(self, step: Once[T]) -> T:
        return await self.arun(once(step, self.registry, self.store))

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end, blocking."""
        from .blocking import run

        return run(flow, self.now)

    async def arun(self, flow: Flow[T]) -> T:
        """Run a flow to its end, awaiting."""
        from .awaiting import arun

        return await arun(flow, self.later)
