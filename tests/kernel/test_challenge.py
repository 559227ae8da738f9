"""``WWW-Authenticate``, written and read (RFC 9110 11.6.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.kernel.challenge import Challenge, parse_challenges


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Bearer", [Challenge("bearer")]),
        (
            'Bearer realm="a, b", error=invalid_token',
            [Challenge("bearer", {"realm": "a, b", "error": "invalid_token"})],
        ),
        (
            'Basic realm="x", Bearer error="e"',
            [Challenge("basic", {"realm": "x"}), Challenge("bearer", {"error": "e"})],
        ),
        ("Negotiate YII=, Basic", [Challenge("negotiate", {}, "YII="), Challenge("basic")]),
        (r'Digest realm="a\"b\\c"', [Challenge("digest", {"realm": 'a"b\\c'})]),
        (", ,Bearer , ", [Challenge("bearer")]),
        ("BEARER Realm=x, REALM=y", [Challenge("bearer", {"realm": "x"})]),
        ("", []),
        ("=", []),
    ],
)
def test_a_line_is_read(line: str, found: list[Challenge]) -> None:
    assert parse_challenges([line]) == found


def test_several_lines_are_read_in_order() -> None:
    assert [c.scheme for c in parse_challenges(["Basic", "Bearer, Digest"])] == ["basic", "bearer", "digest"]


_WORD = st.text(st.sampled_from("abcdefghijklmnop-_"), min_size=1)
_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))


@given(_WORD, st.dictionaries(_WORD, _TEXT, min_size=1))
def test_what_is_written_is_read_again(scheme: str, params: dict[str, str]) -> None:
    made = Challenge(scheme, params)
    assert parse_challenges([str(made)]) == [made]


@given(st.text())
def test_no_value_splits_a_header(value: str) -> None:
    assert not set("\r\n\0") & set(str(Challenge("bearer", {"error_description": value})))


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    parse_challenges([line])


def test_a_long_hostile_line_is_read_in_linear_time() -> None:
    parse_challenges(['a="\\' * 20_000, "a " * 20_000, "a=" * 20_000, "," * 100_000])
