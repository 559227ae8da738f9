"""An OpenTelemetry collector: takes spans over OTLP (HTTP, protobuf), on a real socket."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.server import poll
from support.web import Quiet, web_server


@dataclass(frozen=True)
class Span:
    """What came of one; ids in hex, ``parent`` empty where it has none, ``kind`` "server", "client" or "internal"."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    failed: bool


@dataclass
class Collector:
    """``raw`` are the bodies as they came."""

    url: str
    raw: list[bytes] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    @property
    def env(self) -> dict[str, str]:
        """What leads a program here, and has it send soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}

    def one(self, trace: str, name: str, seconds: float = 20) -> Span:
        """The span of this name in a trace, once it has come."""
        return poll(lambda: next((s for s in self.spans if (s.trace, s.name) == (trace, name)), None), seconds)

    def take(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services.add(str(_plain(resource.resource.attributes)["service.name"]))
            self.spans += [_span(span) for scope in resource.scope_spans for span in scope.spans]


def _span(span: Any) -> Span:
    kind = {1: "internal", 2: "server", 3: "client"}[span.kind]
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    return Span(span.name, kind, *ids, _plain(span.attributes), span.status.code == 2)


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this machine."""

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with web_server(Handler) as web:
        found = Collector(f"http://127.0.0.1:{web.server_port}")
        yield found
