"""Authenticators that hold one secret, and the interface that all share."""

from __future__ import annotations

import base64

import pytest

from lychgate.client.authenticators import AUTHENTICATORS
from lychgate.client.authenticators.anonymous import Anonymous
from lychgate.client.authenticators.api_key import ApiKey
from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.client.authenticators.basic import Basic
from lychgate.client.authenticators.bearer import Bearer
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.options import options_of
from lychgate.kernel.secret import Secret
from support.play import Play

REQUEST = Request("GET", "https://api.example.org/x?a=1&a=%2F", Headers({"Accept": "x"}))


def prepared(authenticator: Authenticator) -> Request:
    """Both ways must agree."""
    slow = Play().run(authenticator.prepare(REQUEST))
    assert authenticator.ready(REQUEST) == slow
    return slow


def test_anonymous_changes_nothing() -> None:
    assert prepared(Anonymous()) == REQUEST
    assert Anonymous().standing() == ()


def test_basic_is_utf_8() -> None:
    header = prepared(Basic("adä", "pä:ss wörd€")).headers["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "adä:pä:ss wörd€"


def test_basic_refuses_a_name_with_a_colon() -> None:
    with pytest.raises(ConfigError, match="colon"):
        Basic("a:b", "x")


def test_bearer_has_a_capital_b() -> None:
    assert prepared(Bearer("abc")).headers["Authorization"] == "Bearer abc"


def test_it_takes_the_place_of_what_the_caller_had_there() -> None:
    request = Request("GET", "https://a.example.org", Headers([("authorization", "old"), ("AUTHORIZATION", "older")]))
    made = Bearer("abc").ready(request)
    assert made is not None
    assert made.headers.all("Authorization") == ["Bearer abc"]


@pytest.mark.parametrize("text", ["a\nb", "a\r\nX: y", "", " a", "a ", "ä", "a\0"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Bearer(text).ready(REQUEST)
    assert caught.value.field == "token"


def test_an_api_key_goes_into_a_header_with_prefix_and_suffix_exactly_as_given() -> None:
    assert prepared(ApiKey("k")).headers["X-API-Key"] == "k"
    made = prepared(ApiKey("k", name="Authorization", prefix='Key  "', suffix='";v=1'))
    assert made.headers["Authorization"] == 'Key  "k";v=1'


def test_an_api_key_goes_into_the_query_and_leaves_the_rest_byte_for_byte() -> None:
    authenticator = ApiKey("k&=ü +", name="api key", place="query", prefix="p ")
    made = prepared(authenticator)
    assert made.url == "https://api.example.org/x?a=1&a=%2F&api+key=p+k%26%3D%C3%BC+%2B"
    assert made.headers.lines() == REQUEST.headers.lines()
    assert authenticator.standing() is None


def test_an_api_key_goes_nowhere_else() -> None:
    with pytest.raises(ConfigError, match=r'unknown place "headr" \(header\?\)'):
        ApiKey("k", place="headr")


@pytest.mark.parametrize(("place", "name"), [("header", "X Y"), ("header", "A\r\nB: c"), ("header", ""), ("query", "")])
def test_a_name_that_no_field_can_have_is_refused_at_once(place: str, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ApiKey("k", name=name, place=place)
    assert caught.value.field == "name"


@pytest.mark.parametrize("make", [lambda s: Basic("u", s), Bearer, ApiKey, lambda s: ApiKey(s, place="query")])
def test_a_secret_from_elsewhere_is_fetched_by_the_first_request(make) -> None:
    asked = []

    def fetch() -> str:
        asked.append(1)
        return "fetched"

    authenticator = make(Secret.lazy(fetch, "file:x"))
    assert authenticator.ready(REQUEST) is None
    assert asked == []
    first = Play().run(authenticator.prepare(REQUEST))
    again = authenticator.ready(REQUEST) or Play().run(authenticator.prepare(REQUEST))
    assert first == again
    assert asked == [1]


def test_a_401_is_the_callers() -> None:
    for authenticator in (Anonymous(), Basic("u", "p"), Bearer("t"), ApiKey("k")):
        play = Play()
        play.attempts.append(Response(401))
        assert play.run(authenticator.authenticate(REQUEST)).status == 401


def test_no_repr_shows_a_secret() -> None:
    assert "hidden" not in repr([Basic("u", "hidden"), Bearer("hidden"), ApiKey("hidden", place="query")])


def test_every_option_says_what_it_is_for_and_secrets_are_marked() -> None:
    for name in AUTHENTICATORS:
        options = options_of(AUTHENTICATORS.find(name))
        assert all(option.help for option in options)
        assert [o.name for o in options if o.secret] == {
            "anonymous": [],
            "basic": ["password"],
            "bearer": ["token"],
            "api_key": ["key"],
            "renewing": [],
        }.get(name, [o.name for o in options if o.secret])
