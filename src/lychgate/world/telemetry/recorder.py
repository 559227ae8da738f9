"""What is told to OpenTelemetry of our own requests, renewals and logins. Loaded where the program uses it.

No attribute is ever taken from what a secret may be in: of a URL no user, query or fragment, of a server's words its
error code, if it is one of the table (RFC 6749 5.2 and the others), of an exception its kind. Names are those of
OpenTelemetry's semantic conventions where there are any; ours begin with ``lychgate.``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import TypeVar

from opentelemetry import metrics, trace
from opentelemetry.context import Context, get_current
from opentelemetry.trace import Link, Span

from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.http import Request
from lychgate.world import posix

from .sending import Sending
from .words import SECONDS, Attributes, failure, key_attributes, server_attributes

T = TypeVar("T")
SHARED = ("server.address", "lychgate.grant")  # what a shared renewal is counted by

_inside: ContextVar[Watch | None] = ContextVar("inside", default=None)


class Watch:
    """A stretch of work. Its span is begun, with the time at which the work did, when something happens in it."""

    def __init__(self, record: Recorder, name: str, attributes: Attributes, outer: Watch | None) -> None:
        self.name, self.attributes, self.outer, self._record = name, attributes, outer, record
        self._began, self._around = time.time_ns(), get_current()
        self.span: Span | None = None
        self.led = self.over = False

    def start(self, links: list[Link] | None = None) -> Span:
        if self.span is None:
            around = self._around if self.outer is None else self.outer.context()
            self.span = self._record.tracer.start_span(
                self.name, around, attributes=self.attributes, links=links, start_time=self._began
            )
        return self.span

    def context(self) -> Context:
        """What a span within this one is begun in."""
        return trace.set_span_in_context(self.start(), self._around)

    def heard(self, attributes: Attributes) -> None:
        """What a request within has brought to light."""
        self.attributes |= attributes
        if self.span is not None:
            self.span.set_attributes(attributes)

    def end(self, outcome: Attributes) -> None:
        """Say how it ended, if it was begun."""
        self.over = True
        if self.span is not None:
            self.span.set_attributes(outcome)
            if "error.type" in outcome:
                self.span.set_status(trace.StatusCode.ERROR)
            self.span.end()


@dataclass(slots=True)
class Group:
    """Those who want the same thing at the same time."""

    inside: int = 0
    leader: Watch | None = None


class Recorder:
    """Writes to whatever the program has set up, or will set up."""

    def __init__(self) -> None:
        self.tracer = trace.get_tracer("lychgate", version("lychgate"))
        meter = metrics.get_meter("lychgate", version("lychgate"))
        self.duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.tokens = meter.create_counter("lychgate.client.token_requests", "{request}", "Token requests sent.")
        self.shared = meter.create_counter(
            "lychgate.client.renewals_shared", "{caller}", "Callers who got what another one was getting already."
        )
        self.clear()

    def clear(self) -> None:
        """Nobody is inside: at the start, and in a child after a fork."""
        self._groups: dict[tuple[int, str], Group] = {}
        self._counting = threading.Lock()

    def sending(self, request: Request) -> Sending:
        """A block in which ``request`` is sent; ``request`` of it goes out, ``came`` is told of the answer."""
        watch = _here()
        return Sending(self, request, watch, get_current() if watch is None else watch.context())

    @contextmanager
    def interactive(self, way: str, issuer: str) -> Iterator[None]:
        attributes = {"lychgate.interaction": way, **server_attributes(issuer)}
        watch = Watch(self, "lychgate.login", attributes, _here())
        watch.start()
        with _entered(watch):
            try:
                yield
            except BaseException as error:
                watch.end(failure(error))
                raise
            watch.end({"lychgate.outcome": "ok"})

    def run(self, step: Once[T], registry: object, flow: Callable[[Once[T]], Flow[T]]) -> Flow[T]:
        """``flow`` of ``step``, watched: whether this caller leads the run or waits for another's."""
        name, attributes = key_attributes(step.key)
        watch = Watch(self, name, attributes, _here())
        key = id(registry), step.key
        group = self._join(key)
        try:
            with _entered(watch):
                result = yield from flow(replace(step, make=partial(_led, watch, group, step.make)))
        except BaseException as error:
            watch.over = True
            if watch.led or step.wait:  # one who would not wait has not waited
                self._over(watch, group, failure(error))
            raise
        else:
            self._over(watch, group, {"lychgate.outcome": "ok"})
            return result
        finally:
            self._part(key, group)

    def _over(self, watch: Watch, group: Group, outcome: Attributes) -> None:
        if not watch.led:
            leader = group.leader
            told: Attributes = {"lychgate.shared": True}
            if leader is not None and "lychgate.grant" in leader.attributes:
                told["lychgate.grant"] = leader.attributes["lychgate.grant"]
            watch.attributes |= told
            watch.start([Link(leader.span.get_span_context())] if leader and leader.span else None)
            if "error.type" not in outcome:
                self.shared.add(1, {name: watch.attributes[name] for name in SHARED if name in watch.attributes})
        watch.end(outcome)

    def _join(self, key: tuple[int, str]) -> Group:
        with self._counting:
            group = self._groups.setdefault(key, Group())
            group.inside += 1
            return group

    def _part(self, key: tuple[int, str], group: Group) -> None:
        with self._counting:
            group.inside -= 1
            if not group.inside and self._groups.get(key) is group:
                del self._groups[key]


def _led(watch: Watch, group: Group, make: Callable[[], Flow[T]]) -> Flow[T]:
    """The run itself; at its end those who wait for it are still there."""
    watch.led, group.leader = True, watch
    try:
        return (yield from make())
    finally:
        watch.heard({"lychgate.waited": group.inside - 1})


def _here() -> Watch | None:
    """The stretch that goes on here. One that is over may be left behind where a flow went on in another task."""
    watch = _inside.get()
    while watch is not None and watch.over:
        watch = watch.outer
    return watch


@contextmanager
def _entered(watch: Watch) -> Iterator[None]:
    before = _inside.get()
    _inside.set(watch)
    try:
        yield
    finally:
        if _inside.get() is watch:  # not where an abandoned flow is cleared away from somewhere else
            _inside.set(before)


RECORDER = Recorder()  # the import makes it once, however many threads come first
posix.in_child(RECORDER.clear)
