"""What programs that use OpenTelemetry hear of the client and of the guard, and what others pay for it: nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
A_TOKEN = """
import sys{hide}
import lychgate
from support.api_server import serve_api
with serve_api() as api:
    lychgate.auth(lychgate.ClientCredentials(
        token_endpoint=api.url + "/token", client_id="robot", client_secret="wxyz")).token()
    assert not [name for name in sys.modules if name.startswith("opentelemetry") and sys.modules[name]]
    assert "traceparent" not in api.seen[0].headers
print("done")
"""
HIDE = "\nfor name in ('', '.trace', '.metrics', '.context', '.sdk'): sys.modules['opentelemetry' + name] = None"

Told = dict[str, Any]


def program(*arguments: str) -> str:
    paths = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, env=paths, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told() -> Told:
    return dict(json.loads(program("-m", "support.traced_client")))


def spans(told: Told, name: str) -> list[Told]:
    return [span for span in told["spans"] if span["name"] == name]


def of_source(told: Told, outcome: str = "ok", **more: Any) -> list[Told]:
    wanted = {"lychgate.source": "client_credentials", "lychgate.outcome": outcome, **more}
    return [span for span in spans(told, "lychgate.token") if wanted.items() <= span["attributes"].items()]


def points(told: Told, name: str) -> list[Told]:
    scopes = [scope for resource in told["metrics"]["resource_metrics"] for scope in resource["scope_metrics"]]
    found = [metric for scope in scopes for metric in scope["metrics"] if metric["name"] == name]
    return [point for metric in found for point in metric["data"]["data_points"]]


def test_one_renewal_for_five_callers_is_one_run_and_four_who_waited_for_it(told: Told) -> None:
    led, *later = [span for span in of_source(told) if "lychgate.shared" not in span["attributes"]]
    shared = of_source(told, **{"lychgate.shared": True})
    assert len(shared) == led["attributes"]["lychgate.waited"] == 4
    assert {span["links"][0]["context"]["span_id"] for span in shared} == {led["context"]["span_id"]}
    assert [span["attributes"]["lychgate.waited"] for span in later] == [0]  # the one that was awaited
    assert sum(point["value"] for point in points(told, "lychgate.client.renewals_shared")) == 4


def test_a_token_request_is_a_span_within_its_renewal_and_takes_the_trace_along(told: Told) -> None:
    request = next(span for span in spans(told, "POST") if span["attributes"].get("lychgate.grant"))
    run = next(span for span in spans(told, "lychgate.token") if span["context"]["span_id"] == request["parent_id"])
    assert request["kind"] == "SpanKind.CLIENT"
    assert request["attributes"]["lychgate.grant"] == run["attributes"]["lychgate.grant"] == "client_credentials"
    assert request["attributes"]["http.response.status_code"] == 200
    assert request["attributes"]["url.full"].endswith("/token")
    trace, span = (request["context"][name].removeprefix("0x") for name in ("trace_id", "span_id"))
    assert told["headers"][0]["traceparent"].startswith(f"00-{trace}-{span}-")
    assert not any("baggage" in headers for headers in told["headers"])


def test_a_refusal_is_told_by_its_code_and_a_code_that_is_none_by_no_more_than_that(told: Told) -> None:
    codes = [span["attributes"]["error.type"] for span in of_source(told, "refused")]
    assert codes == ["invalid_client", "_OTHER"]
    counted = {
        (point["attributes"]["lychgate.outcome"], point["attributes"].get("lychgate.error")): point["value"]
        for point in points(told, "lychgate.client.token_requests")
    }
    assert counted == {("ok", None): 2, ("refused", "invalid_client"): 1, ("refused", "_OTHER"): 1}


def test_requests_are_measured_as_the_conventions_have_it(told: Told) -> None:
    measured = points(told, "http.client.request.duration")
    assert {"http.request.method", "server.address", "server.port", "http.response.status_code"} <= set(
        measured[0]["attributes"]
    )
    assert measured[0]["explicit_bounds"][0] == 0.005


def test_a_login_in_the_browser_has_a_span(told: Told) -> None:
    (login,) = spans(told, "lychgate.login")
    assert login["attributes"] == {
        "lychgate.interaction": "browser",
        "server.address": "auth.example.org",
        "server.port": 443,
        "lychgate.outcome": "ok",
    }


@pytest.mark.parametrize(("name", "path"), [("lychgate.keys", "/jwks"), ("lychgate.introspection", "/introspect")])
def test_a_guard_tells_of_a_verification_that_goes_to_the_issuer_and_of_no_other(
    told: Told, name: str, path: str
) -> None:
    (own,) = spans(told, "the API's own")
    (asked,) = spans(told, name)
    assert asked["parent_id"] == own["context"]["span_id"]
    within = [span for span in told["spans"] if span["parent_id"] == asked["context"]["span_id"]]
    assert any(span["attributes"]["url.full"].endswith(path) for span in within)


def test_no_secret_of_the_run_is_in_anything_that_is_told(told: Told) -> None:
    text = json.dumps([told["spans"], told["metrics"]])
    assert "client_credentials" in text
    assert [secret for secret in told["secrets"] if secret in text] == []


@pytest.mark.parametrize("hide", ["", HIDE], ids=["installed", "hidden"])
def test_a_program_that_does_not_use_opentelemetry_never_loads_it(hide: str) -> None:
    assert program("-c", A_TOKEN.format(hide=hide)) == "done\n"
