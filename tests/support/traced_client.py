"""A program that uses OpenTelemetry and Lychgate's client and guard; it prints what was told, as JSON.

A program of its own, since OpenTelemetry is set up once for a whole process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import urllib.request
from collections.abc import Mapping
from typing import Any

from opentelemetry import baggage, context, metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import lychgate
from lychgate.guard import Guard
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.steps import Visit
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.stores.memory import MemoryStore
from lychgate.world.surroundings import Surroundings
from support.api_server import Api, Seen, serve_api
from support.issuer import TinyIssuer

SECRET, CODE, QUERY = "s3cret-of-the-robot", "c0de-of-ada", "qu3ry-that-nobody-may-see"


def robot(api: Api, secret: str = SECRET) -> lychgate.Auth:
    return lychgate.auth(
        lychgate.ClientCredentials(
            token_endpoint=f"{api.url}/token?key={QUERY}", client_id="robot", client_secret=secret
        )
    )


def together(api: Api, number: int = 5) -> None:
    """Threads and a loop's tasks that want the same token at the same time."""
    api.token_delay = 0.5
    auth = robot(api)
    threads = [threading.Thread(target=auth.token) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    auth.token()  # a valid one: nothing to tell
    api.token_delay = 0
    auth.forget()
    asyncio.run(auth.atoken())


def refused(api: Api) -> None:
    def no(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        kind = "application/json"
        return 400, {"Content-Type": kind}, json.dumps({"error": codes.pop(0), "error_description": SECRET}).encode()

    codes = ["invalid_client", f"no {SECRET}"]
    api.instead = no
    for _ in range(2):
        try:
            robot(api).token()
        except lychgate.Refused as error:
            print(error, file=sys.stderr)
    api.instead = lambda seen: None


def visited() -> None:
    """A person's way through the browser and back."""

    def address(redirect_uri: str) -> Flow[str]:
        back = f"{redirect_uri}/?state={CODE}&code={CODE}"
        threading.Thread(target=lambda: urllib.request.urlopen(back, timeout=20).read()).start()
        return done(f"https://auth.example.org/authorize?state={CODE}")

    def finish(params: Mapping[str, str]) -> Flow[str]:
        return done(params["code"])

    who = person("always", opens=False, here=Surroundings("desktop", browser=True))
    step: Visit[str] = Visit("https://auth.example.org", 0, address, finish, 20)
    assert Performer(MemoryStore(), who).run(iter(step)) == CODE  # type: ignore[arg-type]  # a step's iterator is a flow


def guarded(issuer: TinyIssuer, token: str) -> None:
    by_keys = Guard(issuer.url, "https://api.example.org")
    asking = Guard(issuer.url, "https://api.example.org", introspect=issuer.API_CLIENT, keys=False)
    for guard in (by_keys, asking):
        for _ in range(2):  # the second time nobody is asked
            guard.verify(token)


def main() -> None:
    spans, measures = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([measures]))
    with serve_api() as api, TinyIssuer() as issuer:
        token = issuer.token(aud=["https://api.example.org"])
        context.attach(baggage.set_baggage("tenant", CODE))
        together(api)
        refused(api)
        visited()
        with trace.get_tracer("the API").start_as_current_span("the API's own"):
            guarded(issuer, token)
        told: Any = measures.get_metrics_data()
        secrets = [SECRET, CODE, QUERY, token, issuer.API_CLIENT[1], *(f"token-{n}-fresh" for n in (1, 2))]
        found = {
            "spans": [json.loads(span.to_json()) for span in spans.get_finished_spans()],
            "metrics": json.loads(told.to_json()),
            "secrets": secrets,
            "headers": [seen.headers for seen in api.at("/token")],
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
