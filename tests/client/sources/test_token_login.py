"""Logins of no standard, at a small API on a real socket."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

import lychgate
from lychgate.client.moment import at_path, ends_at
from lychgate.client.sources.login import Login
from lychgate.kernel.errors import ConfigError, Refused
from support.api_server import Api, Seen, serve_api


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as made:
        yield made


def logs_in(api: Api, body: Any, headers: dict[str, str] | None = None, status: int = 200) -> None:
    def instead(seen: Seen) -> tuple[int, dict[str, str], bytes] | None:
        return (status, headers or {}, json.dumps(body).encode()) if seen.path == "/login" else None

    api.instead = instead


def login(api: Api, **more: Any) -> Login:
    return Login(**{"url": api.url + "/login", "username": "ada", "password": "of-the-user", **more})


def test_credentials_go_as_json_and_the_token_as_a_bearer(api: Api) -> None:
    logs_in(api, {"access_token": "t-one", "expires_in": 600})
    auth = lychgate.auth(login(api), origins=[api.url])
    assert [requests.get(api.url + "/x", auth=auth, timeout=10).status_code for _ in range(2)] == [200, 200]
    assert [json.loads(seen.body) for seen in api.at("/login")] == [{"username": "ada", "password": "of-the-user"}]
    assert [seen.headers["authorization"] for seen in api.at("/x")] == ["Bearer t-one"] * 2
    assert 500 < auth.token().valid_for() <= 600


def test_a_form_a_path_a_header_and_a_format_of_ones_own(api: Api) -> None:
    logs_in(api, {"data": [{"jwt": "t-two"}], "meta": {"until": (time.time() + 90) * 1000}})
    source = login(
        api, body="form", username_field="user", password_field="pw", extra={"tenant": "x"},
        token="data.0.jwt", expiry="meta.until", header="X-Session", format='id="{}"',
    )  # fmt: skip
    auth = lychgate.auth(source, origins=[api.url])
    requests.get(api.url + "/x", auth=auth, timeout=10)
    assert parse_qs(api.at("/login")[0].body.decode()) == {"user": ["ada"], "pw": ["of-the-user"], "tenant": ["x"]}
    assert api.at("/x")[0].headers["x-session"] == 'id="t-two"'
    assert "authorization" not in api.at("/x")[0].headers
    assert 80 < auth.token().valid_for() <= 91


def test_a_token_in_a_header_field_of_an_answer_without_a_body(api: Api) -> None:
    api.instead = lambda seen: (204, {"X-Token": "t-three"}, b"") if seen.path == "/login" else None
    auth = lychgate.auth(login(api, token_header="x-token", lifetime=50), origins=[api.url])
    requests.get(api.url + "/x", auth=auth, timeout=10)
    assert api.at("/x")[0].headers["authorization"] == "Bearer t-three"
    assert 45 < auth.token().valid_for() <= 50


def test_a_401_renews_it_once_whatever_the_header_is(api: Api) -> None:
    logs_in(api, {"access_token": "stale"})
    api.allow = lambda seen: seen.headers.get("x-session") == "fresh"
    auth = lychgate.auth(login(api, header="X-Session", format="{}"), origins=[api.url])
    auth.token()
    logs_in(api, {"access_token": "fresh"})
    assert requests.get(api.url + "/x", auth=auth, timeout=10).status_code == 200
    assert len(api.at("/login")) == 2
    assert [seen.headers["x-session"] for seen in api.at("/x")] == ["stale", "fresh"]


def test_a_refusal_does_not_repeat_the_password_and_a_missing_token_names_its_path(api: Api) -> None:
    logs_in(api, {"error": "wrong", "error_description": "of-the-user is wrong"}, status=401)
    with pytest.raises(Refused) as caught:
        lychgate.auth(login(api)).token()
    assert "of-the-user" not in str(caught.value)
    logs_in(api, {"data": {}})
    with pytest.raises(Refused, match=r"data\.token"):
        lychgate.auth(login(api, token="data.token")).token()


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", ""), ("url", "no url"), ("body", "xml"), ("format", "Bearer"), ("format", "{} {}"), ("format", "a\n{}"),
     ("header", "a b"), ("header", ""), ("token_header", "a:b"), ("token", ""), ("lifetime", -1.0)],
)  # fmt: skip
def test_a_bad_field_is_named_before_anything_is_sent(api: Api, field: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        login(api, **{field: value})
    assert field in (caught.value.field, str(caught.value).partition('"')[0].split()[-1])
    assert api.seen == []


@pytest.mark.parametrize(
    ("value", "end"),
    [(60, 1060.0), ("60", 1060.0), (1.7e9, 1.7e9 - 5), (1.7e12, 1.7e9 - 5), ("2023-11-14T22:13:20Z", 1.7e9 - 5),
     ("2023-11-14T22:13:20.000000", 1.7e9 - 5), ("2023-11-15T00:13:20+02:00", 1.7e9 - 5), (True, None), (None, None),
     ("soon", None), (float("inf"), None), ("nan", None), ([], None), (10**400, None), (1e99, None), (1.7e15, None)],
)  # fmt: skip
def test_an_end_is_understood_in_every_form(value: object, end: float | None) -> None:
    assert ends_at(value, 1000.0, 5.0) == end


def test_a_path_finds_or_finds_nothing() -> None:
    body = {"a": [{"b": "x"}], "c": "text"}
    assert at_path(body, "a.0.b") == "x"
    assert [at_path(body, path) for path in ("a.1.b", "a.b", "c.0", "d", "")] == [None] * 5
