"""The client's readers: profiles, and the times and places that a server names."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lychgate.client.profile import line_of, names, parse, table
from lychgate.issuer import clock
from lychgate.issuer.call import LONGEST_WISH, judge, retry_after
from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.kernel.http import Headers, Response
from support.texts import ANY, DEEP, TEXT, few, objects

URL = "https://a.example/token"
KEYS = st.sampled_from(
    "preset source authenticator origins store allow_insecure client_id client_secret token_endpoint issuer scope "
    "method username password url sorce key header".split()
)
VALUES = st.sampled_from(
    ['"climate_engine"', '"keycloak"', '"esgf"', '"client_credentials"', '"password"', '"authorization_code"',
     '"api_key"',      '"basic"', '"bearer"', '"device_code"', '"env:LYCHGATE_TEST_NOTHING"',
     '"file:/nothing/there"', '"keyring:a/b"',
     '"command:"', '""', '"http://["', '"https://a.example"', '["https://a:b"]', "[]", "{}", "1", "true", "nan",
     "[[1]]", "2020-01-01", "9" * 5000, '"\\u0000"']
)  # fmt: skip
PROFILE = st.lists(st.builds("{} = {}".format, KEYS, VALUES), max_size=5).map(
    lambda lines: "[profile.a]\n" + "\n".join(lines)
)
FILE = PROFILE | st.text("[]profile.a\"'=\n#{},1", max_size=60) | TEXT


@few
@given(FILE)
@example("[profile.a]\nx = " + "9" * 5000)
@example("x = " + "[" * 5000)
def test_any_profiles_file_is_read_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        for name in names(text, "profiles.toml"):
            table(text, "profiles.toml", name)
    with contextlib.suppress(ConfigError):
        assert parse(text, "profiles.toml", "a").name == "a"


@few
@given(TEXT, st.sampled_from(["a", 'a"b', "é", ""]), st.sampled_from(["", "preset", "["]))
def test_the_line_of_a_key_is_one_of_the_text(text: str, name: str, key: str) -> None:
    found = line_of(text, name, key)
    assert found is None or 1 <= found <= len(text.splitlines())


LATIN = st.text(st.characters(max_codepoint=0xFF), max_size=40)
DATES = st.text("MonTueJan 0123456789:+-GMTZ,()", max_size=40)


@few
@given(ANY | LATIN | DATES | st.integers().map(str), st.none() | ANY | DATES)
@example("٣", None)
@example("²", None)
@example("9" * 5000, None)
@example("Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359")
def test_any_retry_after_is_a_time_that_can_be_waited_or_none(text: str, date: str | None) -> None:
    headers = {"Retry-After": text} | ({"Date": date} if date is not None else {})
    wished = retry_after(Response(503, Headers(headers)), 1.7e9)
    assert wished is None or 0 <= wished <= LONGEST_WISH


@few
@given(st.integers(0, 80_000), st.integers(0, 4 * 10**9))
def test_a_wish_is_the_same_in_seconds_and_as_a_date_whatever_our_clock_says(seconds: int, ours: int) -> None:
    now = 1_700_000_000

    def shown(epoch: int) -> str:
        return format_datetime(datetime.fromtimestamp(epoch, UTC), usegmt=True)

    assert retry_after(Response(503, Headers({"Retry-After": str(seconds)})), ours) == seconds
    dated = Response(503, Headers({"Retry-After": shown(now + seconds), "Date": shown(now)}))
    assert retry_after(dated, ours) == seconds
    assert clock.http_date(shown(now)) == now


@few
@given(ANY | LATIN | DATES)
def test_any_date_of_an_answer_is_a_time_or_none(text: str) -> None:
    response = Response(200, Headers({"Date": text}), url=URL)
    assert abs(clock.learn(response, 1.7e9)) < 1e12


@few
@given(
    st.integers(100, 599),
    st.binary(max_size=40) | objects("error", "error_description").map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(["Location", "Retry-After", "Date"]), ANY | st.just("http://[") | st.just("//a:b")),
)
@example(302, b"", {"Location": "http://["})
@example(308, b"", {"Location": "https://a:b/"})
@example(200, DEEP.encode(), {})
def test_any_answer_is_an_object_or_one_of_our_errors(status: int, body: bytes, headers: dict[str, str]) -> None:
    with contextlib.suppress(LychgateError):
        assert isinstance(judge(Response(status, Headers(headers), body, URL), "a.example", 1.7e9), dict)


@pytest.mark.parametrize("location", ["http://[", "https://a:b/", "//[x"])
def test_a_redirect_to_what_is_no_url_is_told_as_such(location: str) -> None:
    with pytest.raises(LychgateError, match="redirect to what is no URL"):
        judge(Response(307, Headers({"Location": location}), b"", URL), "a.example", 1.7e9)
