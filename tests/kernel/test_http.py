"""Requests and responses as plain data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.kernel.errors import InsecureError
from lychgate.kernel.http import (
    Headers,
    Request,
    Response,
    form_request,
    is_loopback,
    origin_of,
    query_of,
    require_secure,
    without_query,
)


def test_headers_are_found_in_any_case_and_a_repeated_one_is_joined() -> None:
    headers = Headers([("Vary", "a"), ("vary", "b"), ("X", "1")])
    assert headers["VARY"] == "a, b"
    assert headers.all("vary") == ["a", "b"]
    assert len(headers) == 2
    assert "x" in headers
    assert headers.get("none") is None


def test_a_header_that_is_set_takes_the_place_of_all_of_its_name() -> None:
    headers = Headers([("A", "1"), ("a", "2"), ("B", "3")]).with_("a", "4")
    assert headers.lines() == (("B", "3"), ("a", "4"))


def test_no_repr_shows_a_value_a_query_or_user_information() -> None:
    request = Request(
        "GET", "https://user:hidden@a.example.org/p?token=hidden#hidden", Headers({"X": "hidden"}), b"hidden"
    )
    response = Response(200, Headers({"X": "hidden"}), b"hidden", "https://a.example.org/?code=hidden")
    assert "hidden" not in repr(request) + repr(response)
    assert "https://a.example.org/p" in repr(request)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.Example.org:443/x?y", "https://a.example.org"),
        ("HTTP://a.example.org:80", "http://a.example.org"),
        ("http://a.example.org:8080/", "http://a.example.org:8080"),
        ("https://u:p@a.example.org/", "https://a.example.org"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_scheme_host_and_a_port_that_is_not_usual(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:5/", True),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://127.0.0.1@evil.example.org", False),
        ("http://10.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) == loopback
    if loopback:
        require_secure(url, "x")
        return
    with pytest.raises(InsecureError, match="allow_insecure"):
        require_secure(url, "x")
    require_secure(url, "x", allow_insecure=True)
    require_secure(url.replace("http:", "https:"), "x")


@given(st.text(min_size=1), st.text())
def test_a_query_parameter_comes_back_and_the_others_stay_byte_for_byte(name: str, value: str) -> None:
    name, value = name.encode("utf-8", "replace").decode(), value.encode("utf-8", "replace").decode()
    made = Request("GET", "https://a.example.org/p?x=%2f&y").with_query(name, value)
    assert made.url.startswith("https://a.example.org/p?x=%2f&y&")
    assert query_of(made.url)[name] == value


def test_a_form_is_a_post_that_asks_for_json() -> None:
    made = form_request("https://a.example.org/t", {"a": "ä &=", "b": ""}, {"X": "1"})
    assert (made.method, made.body) == ("POST", b"a=%C3%A4+%26%3D&b=")
    assert made.headers["accept"] == "application/json"
    assert made.headers["X"] == "1"


def test_what_may_be_shown_of_a_url_holds_no_secret() -> None:
    assert without_query("https://u:p@a.example.org:8/x;y?q=1#f") == "https://a.example.org:8/x;y"
