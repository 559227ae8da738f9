"""The app with a span for each request (OpenTelemetry's conventions for HTTP servers). Needs the ``otel`` extra.

The parent is the caller's, from ``traceparent`` (W3C Trace Context). What is told of a request: its method, the
template of its path and never its query, its id in our log, its status, the client once it is known; of a token request
grant and outcome.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from lychgate.server.app import App, late_route
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Receive, Scope, Send

from . import operations
from .meter import Meter

_W3C = TraceContextTextMapPropagator()
_METHODS = frozenset("CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE".split())


class TracedMeter(Meter):
    """Counts, and tells the request's span who asks, and of a token request what became of it."""

    __slots__ = ()

    def client(self, id: str) -> None:
        trace.get_current_span().set_attribute("lychgate.client_id", id)

    def token(self, grant: str, outcome: str) -> None:
        super().token(grant, outcome)
        trace.get_current_span().set_attributes({"lychgate.grant": grant, "lychgate.outcome": outcome})


class TracedApp(App):
    """Answers as ``App`` does. Probes and scrapes (``operations``) have no span."""

    def __init__(self, engine: Engine, port: int) -> None:
        engine.meter = TracedMeter()
        super().__init__(engine, port)
        self._tracer = trace.get_tracer("lychgate", version("lychgate"))
        self._quiet = frozenset(operations.paths(engine))
        where = urlsplit(engine.issuer.url)
        self._place: dict[str, Any] = {"url.scheme": where.scheme, "server.address": where.hostname or ""}

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> tuple[Answer | None, str]:
        if scope["path"] in self._quiet:
            return await super()._respond(scope, receive, send)
        span = self._begin(scope)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            answer, id = await super()._respond(scope, receive, send)
            self._finish(span, scope, scope["status"] if answer is None else answer.status, id)
            return answer, id

    def _begin(self, scope: Scope) -> Span:
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        attributes = self._place | {"http.request.method": method}
        return self._tracer.start_span(_named(scope), _parent(scope["headers"]), SpanKind.SERVER, attributes)

    def _finish(self, span: Span, scope: Scope, status: int, id: str) -> None:
        told: dict[str, Any] = {"http.response.status_code": status, "lychgate.request_id": id}
        route = self._route(scope)
        if route is not None:
            told["http.route"] = route
            span.update_name(f"{_named(scope)} {route}")
        if status >= 500:
            told["error.type"] = str(status)
            span.set_status(StatusCode.ERROR)
        span.set_attributes(told)

    def _route(self, scope: Scope) -> str | None:
        """The template of the request's path; None where nothing is there."""
        path: str = scope["path"]
        if "late" in scope:
            return late_route(scope)
        return self._realms.template(path) or (path if path in self._known else self._admin.template(path))


def _named(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "HTTP"


def _parent(lines: list[tuple[bytes, bytes]]) -> Context:
    """The caller's span, if it says which; a field that stands twice is nobody's."""
    found: dict[str, list[str]] = {}
    for name, value in lines:
        if name in (b"traceparent", b"tracestate"):
            found.setdefault(name.decode(), []).append(value.decode("latin-1"))
    return _W3C.extract(found if len(found.get("traceparent", ())) == 1 else {}, Context())
