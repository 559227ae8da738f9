"""Where spans and measures begin, in programs that use OpenTelemetry; in all others nothing happens here.

Nothing of OpenTelemetry is imported that the program has not imported itself, and nothing of it is set up: that is the
program's. It is asked for when something is sent or renewed, and never for a token that is still valid.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.http import Request, Response
from lychgate.world import once as plain

if TYPE_CHECKING:
    from lychgate.world.runs import Lock, Registry, Runner

    from .recorder import Recorder

P = ParamSpec("P")
T = TypeVar("T")


def recording() -> Recorder | None:
    """What writes spans, where the program has loaded OpenTelemetry's API; else None."""
    if sys.modules.get("opentelemetry.trace") is None:
        return None
    try:
        from .recorder import RECORDER
    except Exception:  # no version of somebody else's package is a reason for a token request to fail
        return None
    return RECORDER


def once(step: Once[T], registry: Registry, lock_of: Callable[[str], Lock | None], who: Runner) -> Flow[T]:
    """``once.once``, with a span for the run where something is sent in it, and one for each who waits for it."""
    record = recording()
    if record is None:
        return plain.once(step, registry, lock_of, who)
    return record.run(step, registry, lambda made: plain.once(made, registry, lock_of, who))


def traced(send: Callable[Concatenate[Any, Request, P], Response]) -> Callable[Concatenate[Any, Request, P], Response]:
    """A method that sends: each request has a span, which goes along with it as ``traceparent`` (W3C Trace Context)."""

    @wraps(send)
    def sent(wire: Any, request: Request, /, *args: P.args, **named: P.kwargs) -> Response:
        record = recording()
        if record is None:
            return send(wire, request, *args, **named)
        with record.sending(request) as way:
            return way.came(send(wire, way.request, *args, **named))

    return sent


def atraced(
    send: Callable[Concatenate[Any, Request, P], Awaitable[Response]],
) -> Callable[Concatenate[Any, Request, P], Awaitable[Response]]:
    """The same, for one that awaits."""

    @wraps(send)
    async def sent(wire: Any, request: Request, /, *args: P.args, **named: P.kwargs) -> Response:
        record = recording()
        if record is None:
            return await send(wire, request, *args, **named)
        with record.sending(request) as way:
            return way.came(await send(wire, way.request, *args, **named))

    return sent


@contextmanager
def interactive(way: str, issuer: str) -> Iterator[None]:
    """A block in which a person logs in at ``issuer``: by "browser", "device" or "prompt"."""
    record = recording()
    if record is None:
        yield
    else:
        with record.interactive(way, issuer):
            yield
