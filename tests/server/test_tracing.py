"""A server that tells a collector of its requests: by which templates, within whose traces, and never a secret."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lychgate.oauth import client_auth, jose
from support import app
from support.api_server import Api, serve_api
from support.collector import Collector, collecting
from support.realm import realm_add
from support.relying import EMAIL, PASSWORD
from support.server import Server, poll, running

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

QUERY = "geheim-in-the-query"


@dataclass
class Traced:
    server: Server
    collector: Collector
    outside: Api

    def header(self) -> tuple[str, dict[str, str]]:
        """A new trace, and what a caller in it sends."""
        trace = secrets.token_hex(16)
        return trace, {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    with collecting() as collector, serve_api() as outside:
        allowed = f'fetch_allow = ["{outside.url.removeprefix("http://")}"]\n'
        folder = tmp_path_factory.mktemp("traced") / "data"
        with running(folder, "--tracing", toml=allowed, env=collector.env) as server:
            yield Traced(server, collector, outside)


def test_a_token_request_is_told_with_its_client_within_the_callers_trace(traced: Traced) -> None:
    made, (trace, header) = traced.server.client_add(), traced.header()
    answer = traced.server.post("/oauth2/token", {"grant_type": "client_credentials"}, basic=made.pair, headers=header)
    span = traced.collector.one(trace, "POST /oauth2/token")
    assert (span.kind, span.parent, span.failed) == ("server", "00f067aa0ba902b7", False)
    assert span.attributes == {
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "http.request.method": "POST",
        "http.route": "/oauth2/token",
        "http.response.status_code": 200,
        "lychgate.request_id": answer.headers["x-request-id"],
        "lychgate.client_id": made.id,
        "lychgate.grant": "client_credentials",
        "lychgate.outcome": "ok",
    }
    assert traced.collector.services == {"lychgate"}
    trace, header = traced.header()
    traced.server.post("/oauth2/introspect", {"token": "none"}, basic=made.pair, headers=header)
    assert traced.collector.one(trace, "POST /oauth2/introspect").attributes["lychgate.client_id"] == made.id
    assert made.secret.encode() not in b"".join(traced.collector.raw)


def test_a_refused_token_request_names_no_client_that_has_not_proved_to_be_one(traced: Traced) -> None:
    made, (trace, header) = traced.server.client_add(), traced.header()
    form = {"grant_type": "client_credentials"}
    traced.server.post("/oauth2/token", form, basic=(made.id, "a wrong secret"), headers=header)
    span = traced.collector.one(trace, "POST /oauth2/token")
    assert span.attributes["lychgate.outcome"] == "invalid_client"
    assert "lychgate.client_id" not in span.attributes


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/userinfo?access_token={QUERY}", "GET /userinfo"),
        (f"/api/v1/clients/{QUERY}?x={QUERY}", "GET /api/v1/clients/{id}"),
        (f"/admin/users/{QUERY}", "GET /admin/users/{id}"),
        (f"/nothing/{QUERY}", "GET"),
    ],
)
def test_a_path_is_told_by_its_template_and_a_query_never(traced: Traced, path: str, name: str) -> None:
    trace, header = traced.header()
    traced.server.get(path, headers=header)
    assert traced.collector.one(trace, name).kind == "server"
    assert [span.name for span in traced.collector.spans if span.trace == trace] == [name]
    assert QUERY.encode() not in b"".join(traced.collector.raw)


def test_a_realms_name_is_left_open(traced: Traced) -> None:
    realm, (trace, header) = realm_add(traced.server, "climate"), traced.header()
    made = realm.client_add("robot")
    realm.post("/token", {"grant_type": "client_credentials"}, basic=made.pair, headers=header)
    span = traced.collector.one(trace, "POST /realms/{realm}/protocol/openid-connect/token")
    assert span.attributes["lychgate.client_id"] == "robot"


def test_a_fetch_that_a_request_causes_is_told_and_takes_the_trace_along(traced: Traced) -> None:
    key = jose.generate("ES256")
    keys = json.dumps({"keys": [key.as_dict(private=False) | {"kid": "1"}]}).encode()
    traced.outside.instead = lambda seen: (200, {"Content-Type": "application/json"}, keys)
    made = traced.server.client_add(methods=("private_key_jwt",), jwks_uri=f"{traced.outside.url}/jwks?key={QUERY}")
    signed = client_auth.assertion(made.id, key, "ES256", traced.server.issuer, time.time(), kid="1")
    form = {"grant_type": "client_credentials"} | client_auth.assertion_fields(signed)
    trace, header = traced.header()
    assert traced.server.post("/oauth2/token", form, headers=header).status == 200
    request, fetch = traced.collector.one(trace, "POST /oauth2/token"), traced.collector.one(trace, "GET")
    assert (fetch.kind, fetch.parent) == ("client", request.id)
    assert fetch.attributes["url.full"] == f"{traced.outside.url}/jwks"
    (seen,) = traced.outside.at("/jwks")
    assert seen.headers["traceparent"].startswith(f"00-{trace}-{fetch.id}-")
    assert signed.encode() not in b"".join(traced.collector.raw)


def test_no_secret_of_a_whole_login_is_told(traced: Traced) -> None:
    traced.server.user_add(EMAIL, PASSWORD)
    program = app.added(traced.server)
    code = program.code()
    reply = program.redeem(code).json()
    reply |= program.refresh(reply["refresh_token"]).json()
    last, header = traced.header()
    traced.server.get("/userinfo", bearer=reply["access_token"], headers=header)
    traced.collector.one(last, "GET /userinfo")
    told = b"".join(traced.collector.raw)
    assert b"authorization_code" in told
    hidden = [PASSWORD, code, program.made.secret, reply["access_token"], reply["refresh_token"], EMAIL]
    assert [secret for secret in hidden if secret.encode() in told] == []


def test_what_no_trace_can_be_read_from_begins_a_new_one(traced: Traced) -> None:
    for bad in ("00-nonsense", "ff-" + "a" * 32 + "-" + "b" * 16 + "-01", "x" * 5000):
        assert traced.server.get("/jwks", headers={"traceparent": bad}).status == 200
    found = poll(lambda: [span for span in traced.collector.spans if span.name == "GET /jwks"][2:])
    assert {span.parent for span in found} == {""}


def test_probes_are_not_told(traced: Traced) -> None:
    trace, header = traced.header()
    traced.server.get("/health", headers=header)
    traced.server.get("/jwks", headers=header)
    traced.collector.one(trace, "GET /jwks")
    assert len([span for span in traced.collector.spans if span.trace == trace]) == 1


def test_a_collector_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    nowhere = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "50"}
    with running(tmp_path / "data", env={"LYCHGATE_TRACING": "true", **nowhere}) as server:
        assert server.get("/jwks").status == 200
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("hidden", "env", "why"),
    [
        ("opentelemetry", {"LYCHGATE_TRACING": "true"}, "pip install lychgate[otel]"),
        ("nothing", {"LYCHGATE_TRACING": "true", "OTEL_TRACES_EXPORTER": "nonesuch"}, "wants the exporter nonesuch"),
        ("prometheus_client", {"LYCHGATE_METRICS": "true"}, "pip install lychgate[metrics]"),
    ],
)
def test_a_start_that_could_not_tell_what_it_is_to_tell_is_refused(
    tmp_path: Path, hidden: str, env: dict[str, str], why: str
) -> None:
    start = "from lychgate import cli; sys.exit(cli.main(['serve', '--check']))"
    start = f"import sys; sys.modules[{hidden!r}] = None; {start}"
    env = env | {"LYCHGATE_DATA": str(tmp_path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 1
    assert why in done.stderr
