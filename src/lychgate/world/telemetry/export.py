"""OpenTelemetry set up for a program of our own, as its standard variables say (``OTEL_TRACES_EXPORTER`` and the like).

For the server that was told to, and for the commands where somebody names an exporter; never for a library's users,
who set it up themselves. Needs the ``otel`` extra.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from typing import Any

from lychgate.kernel.errors import ConfigError

VARIABLE = "OTEL_TRACES_EXPORTER"
LAST = 3.0  # seconds for what is left at the end
GROUP = "opentelemetry_traces_exporter"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def problem() -> str | None:
    """Why traces cannot be sent as the variables say, or None."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        return "tracing needs the package: pip install lychgate[otel]"
    missing = [name for name in _names() if _entry(name) is None]
    if missing:
        return f"{VARIABLE} wants the exporter {missing[0]}, and no package that is installed has one of this name"
    return None


def set_up(service: str) -> Callable[[], object]:
    """Have spans go where the variables say; the answer sends what is left, and is called at the end (it may block).

    Where the process has a provider of its own already, it is left as it is. Raises ``ConfigError``.
    """
    wrong = problem()
    if wrong:
        raise ConfigError(wrong, field="tracing")
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return lambda: None
    ours = {"service.name": service, "service.version": version("lychgate")}
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = TracerProvider(resource=Resource.create({} if named else ours), shutdown_on_exit=False)
    for name in _names():
        provider.add_span_processor(BatchSpanProcessor(_exporter(name)))
    trace.set_tracer_provider(provider)
    return lambda: _within(provider.shutdown)


def _within(end: Callable[[], object]) -> None:
    """Call ``end``, and go on after ``LAST`` seconds: nobody waits for a collector that is away."""
    ending = threading.Thread(target=end, name="lychgate-telemetry", daemon=True)
    ending.start()
    ending.join(LAST)


def _names() -> list[str]:
    """The exporters' entry points."""
    named = [name.strip() for name in os.environ.get(VARIABLE, "otlp").split(",")]
    protocol = next(filter(None, map(os.environ.get, _PROTOCOLS)), "http/protobuf")
    otlp = "otlp_proto_grpc" if protocol == "grpc" else "otlp_proto_http"
    return [otlp if name == "otlp" else name for name in named if name not in ("", "none")]


def _entry(name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=GROUP, name=name)), None)


def _exporter(name: str) -> Any:
    entry = _entry(name)
    assert entry is not None  # or there is a problem
    made = entry.load()
    return made(out=sys.stderr) if name == "console" else made()  # standard output is for what the command says
