"""What each step means, in both colours: one table, the only place that waits, reads the clock or touches a store."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.steps import Ask, Call, Load, Now, Reach, Save, Send, Show, Sleep, Tell, Visit

from . import awaiting, blocking
from . import outside as _outside  # noqa: F401  it teaches sources to read this machine
from .once import Await
from .runs import Runner, registry_of
from .stores.store import Store
from .telemetry import once

if TYPE_CHECKING:
    from .wire import Wire

T = TypeVar("T")


class Person(Protocol):
    """How somebody is reached. Each call has a deadline and raises ``LoginNeeded`` where nobody can be.

    ``stop`` is set when nobody waits for the answer any more; ``run`` carries out a step's own flows.
    """

    def reach(self, step: Reach) -> bool: ...
    def ask(self, step: Ask, stop: threading.Event) -> str: ...
    def tell(self, message: str) -> None: ...
    def show(self, step: Show[Any]) -> AbstractContextManager[None]: ...
    def visit(self, step: Visit[T], run: Callable[[Flow[Any]], Any], stop: threading.Event) -> T: ...


class Performer:
    """Carries out steps: ``now`` blocks the thread, ``later`` awaits. All performers of one store share its runs."""

    def __init__(self, store: Store, person: Person, wire: Wire | None = None) -> None:
        self.store, self.person, self._wire = store, person, wire
        self.verify = None if wire is None else wire.verify  # what others' certificates are checked by
        self.registry = registry_of(store)
        self._now: dict[type[Any], Callable[[Any], Any]] = {
            Send: lambda s: self.wire.send(s.request, s.timeout, certificate=s.certificate),
            Sleep: lambda s: time.sleep(s.seconds),
            Now: lambda s: time.time(),
            Load: lambda s: self.store.load(s.key),
            Save: lambda s: self.store.save(s.key, s.record),
            Call: lambda s: s.function(*s.args),
            Reach: lambda s: self.person.reach(s),
            Ask: lambda s: self.person.ask(s, threading.Event()),
            Tell: lambda s: self.person.tell(s.message),
            Show: self._show,
            Visit: lambda s: self.person.visit(s, self.run, threading.Event()),
            Await: lambda s: blocking.settled(s.future, s.seconds),
            Once: self._once,
        }
        self._later: dict[type[Any], Callable[[Any], Awaitable[Any]]] = {
            Send: lambda s: self.wire.asend(s.request, s.timeout, certificate=s.certificate),
            Sleep: lambda s: awaiting.sleep(s.seconds),
            Await: lambda s: awaiting.settled(s.future, s.seconds),
            Ask: lambda s: awaiting.in_stoppable_thread(lambda stop: self.person.ask(s, stop)),
            Show: self._ashow,
            Visit: lambda s: awaiting.in_stoppable_thread(lambda stop: self.person.visit(s, self.run, stop)),
            Once: self._aonce,
        }

    @property
    def wire(self) -> Wire:
        """Our own connection, made when something is sent."""
        if self._wire is None:
            from .wire import Wire

            self._wire = Wire()
        return self._wire

    def now(self, step: Step[Any]) -> Any:
        """Carry out ``step`` in the calling thread."""
        return self._now[type(step)](step)

    async def later(self, step: Step[Any]) -> Any:
        """Carry out ``step`` without holding up the event loop."""
        own = self._later.get(type(step))
        if own is not None:
            return await own(step)
        if isinstance(step, Now) or (isinstance(step, Load | Save) and not self.store.blocks):
            return self.now(step)
        return await awaiting.in_thread(self.now, step, finish=isinstance(step, Save))

    def _show(self, step: Show[T]) -> T:
        with self.person.show(step):
            return self.run(step.until())

    async def _ashow(self, step: Show[T]) -> T:
        with await awaiting.in_thread(self.person.show, step, finish=False):
            return await self.arun(step.until())

    def _once(self, step: Once[T]) -> T:
        who = Runner.blocking()
        flow = once(step, self.registry, self.store.lock, who)
        return blocking.run_whole(flow, self.now, lambda thread: setattr(who, "thread", thread))

    async def _aonce(self, step: Once[T]) -> T:
        who = Runner.awaiting()
        flow = once(step, self.registry, self.store.lock, who)
        return await awaiting.arun_whole(flow, self.later, lambda task: setattr(who, "task", task))

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end, blocking."""
        return blocking.run(flow, self.now)

    async def arun(self, flow: Flow[T]) -> T:
        """Run a flow to its end, awaiting."""
        return await awaiting.arun(flow, self.later)
