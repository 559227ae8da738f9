"""The span of one request of ours (OpenTelemetry's conventions for HTTP clients), which goes along as ``traceparent``.

Only the trace goes along (W3C Trace Context), never the program's baggage: what that holds is no issuer's business.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from lychgate.kernel.http import Request, Response, without_query
from lychgate.oauth.error import read_error
from lychgate.world.masking import mask

from .words import PENDING, Attributes, code_of, server_attributes

if TYPE_CHECKING:
    from types import TracebackType

    from opentelemetry.context import Context
    from opentelemetry.metrics import Counter, Histogram
    from opentelemetry.trace import Tracer

_W3C = TraceContextTextMapPropagator()
_METHODS = frozenset("CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE".split())
_PASSING = (408, 425, 429)
_FORM = "application/x-www-form-urlencoded"
_LONGEST = 64 * 1024  # bytes of a form that is looked into for its grant_type


class Instruments(Protocol):
    tracer: Tracer
    duration: Histogram
    tokens: Counter


class Listener(Protocol):
    """Whatever the request is a part of."""

    def heard(self, attributes: Attributes) -> None: ...


class Sending:
    """``request`` is what goes out; ``came`` is told of the answer, and hands it on."""

    def __init__(self, to: Instruments, request: Request, part_of: Listener | None, context: Context) -> None:
        self._to, self._part_of = to, part_of
        method = request.method if request.method in _METHODS else "_OTHER"
        self._measured: Attributes = {"http.request.method": method, **server_attributes(request.url)}
        self._grant = _grant(request)
        self._span = to.tracer.start_span(
            method if method in _METHODS else "HTTP",
            context,
            SpanKind.CLIENT,
            self._measured | {"url.full": mask(without_query(request.url))} | self._of_grant(),
        )
        self.request = self._carrying(request)
        self._began = time.perf_counter()
        self._answer: Response | None = None

    def _carrying(self, request: Request) -> Request:
        if request.headers.get("traceparent") is not None:  # whoever sends through us has a trace of their own
            return request
        carried: dict[str, str] = {}
        _W3C.inject(carried, set_span_in_context(self._span))
        for name, value in carried.items():
            request = request.with_header(name, value)
        return request

    def came(self, response: Response) -> Response:
        self._answer = response
        return response

    def __enter__(self) -> Sending:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        answer = self._answer
        if answer is not None:
            self._measured["http.response.status_code"] = answer.status
        if answer is None or answer.status >= 400:
            self._measured["error.type"] = str(answer.status) if answer else (kind or Exception).__name__
            self._span.set_status(StatusCode.ERROR)
        self._span.set_attributes(self._measured)
        self._to.duration.record(time.perf_counter() - self._began, self._measured)
        if self._grant:
            self._tell_outcome(answer)
        self._span.end()

    def _tell_outcome(self, answer: Response | None) -> None:
        told = self._of_grant() | _outcome(answer)
        self._span.set_attributes(told)
        self._to.tokens.add(1, told | {"server.address": self._measured.get("server.address", "")})
        if self._part_of is not None:
            self._part_of.heard(self._of_grant())

    def _of_grant(self) -> Attributes:
        return {"lychgate.grant": self._grant} if self._grant else {}


def _outcome(answer: Response | None) -> Attributes:
    if answer is None or answer.status >= 500 or answer.status in _PASSING:
        return {"lychgate.outcome": "unavailable"}
    if answer.status < 300:
        return {"lychgate.outcome": "ok"}
    error = read_error(answer)
    code = code_of(error.error if error else "")
    return {"lychgate.outcome": "pending" if code in PENDING else "refused", "lychgate.error": code}


def _grant(request: Request) -> str:
    """The ``grant_type`` of a token request, empty for any other."""
    body = request.body or b""
    if request.method != "POST" or request.headers.get("Content-Type") != _FORM or len(body) > _LONGEST:
        return ""
    return parse_qs(body.decode("latin-1")).get("grant_type", [""])[0][:100]
