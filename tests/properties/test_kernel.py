"""The kernel's readers: whatever comes, and what we write ourselves."""

from __future__ import annotations

import contextlib
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.kernel.challenge import Challenge, parse_challenges
from lychgate.kernel.http import Headers, Request, Response, origin_of, query_of, without_query
from support.texts import ANY, DEEP, TEXT, TOKEN, few

VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
PARAMS = st.dictionaries(TOKEN.map(str.lower), VALUE, max_size=4)
TOKEN68 = st.from_regex(r"[A-Za-z0-9\-._~+/]{1,12}={0,2}", fullmatch=True)
CHALLENGE = st.builds(Challenge, TOKEN.map(str.lower), PARAMS) | st.builds(
    Challenge, TOKEN.map(str.lower), st.just({}), TOKEN68
)
HOST = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,5}){0,2}", fullmatch=True) | st.ip_addresses().map(
    lambda ip: f"[{ip}]" if ip.version == 6 else str(ip)
)
PORT = st.none() | st.integers(1, 65535)


@few
@given(st.lists(ANY, max_size=4))
def test_any_lines_are_challenges_or_passed_over(lines: list[str]) -> None:
    for challenge in parse_challenges(lines):
        assert challenge.scheme == challenge.scheme.lower()


@few
@given(st.lists(CHALLENGE, max_size=4))
def test_challenges_are_read_as_written_in_one_line_or_in_many(made: list[Challenge]) -> None:
    assert parse_challenges([", ".join(map(str, made))]) == made
    assert parse_challenges(map(str, made)) == made


@few
@given(ANY)
def test_an_origin_is_read_or_refused_as_no_url(text: str) -> None:
    for read in (origin_of, without_query):
        with contextlib.suppress(ValueError):
            read(text)


@few
@given(st.sampled_from(["http", "https"]), HOST, PORT, st.sampled_from(["", "/p", "/p?q=1#f"]))
def test_an_origin_is_the_same_in_any_case_with_any_path_and_is_its_own(
    scheme: str, host: str, port: int | None, rest: str
) -> None:
    stem = f"{scheme}://{host}" + (f":{port}" if port else "")
    origin = origin_of(stem + rest)
    assert (
        origin == origin_of(stem.upper()) == origin_of(origin) == origin_of(f"{scheme}://u:p@{stem[len(scheme) + 3 :]}")
    )
    assert origin == (f"{scheme}://{host}" if port == {"http": 80, "https": 443}[scheme] else stem)


@few
@given(TEXT.map(quote), TEXT.filter(bool), TEXT, st.sampled_from(["", "#f"]))
def test_a_new_query_parameter_is_the_last_and_the_rest_stays(old: str, name: str, value: str, fragment: str) -> None:
    stem = "https://a.example/p" + (f"?{old}" if old else "")
    made = Request("GET", stem + fragment).with_query(name, value)
    assert made.url.startswith(stem)
    assert made.url.endswith(fragment)
    assert query_of(made.url)[name] == value


@few
@given(st.lists(st.tuples(TOKEN, VALUE), max_size=6), TOKEN, VALUE)
def test_headers_answer_in_any_case_and_setting_one_leaves_the_others(
    lines: list[tuple[str, str]], name: str, value: str
) -> None:
    made = Headers(lines)
    assert len(made) == len(list(made)) == len({key.lower() for key, _ in lines})
    for key, _ in lines:
        assert made[key.upper()] == made[key.lower()] == ", ".join(made.all(key))
    changed = made.with_(name, value)
    assert changed.all(name.swapcase()) == [value]
    assert list(changed.lines()[:-1]) == [one for one in lines if one[0].lower() != name.lower()]


@few
@given(st.binary(max_size=60) | ANY.map(lambda text: json.dumps(text).encode()))
def test_any_body_is_json_or_a_value_error(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        Response(200, Headers(), body).json()


def test_a_body_that_is_too_deep_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="deep"):
        Response(200, Headers(), DEEP.encode()).json()
