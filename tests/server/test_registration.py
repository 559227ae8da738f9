"""What may be registered: the checks take any text and answer with a refusal or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lychgate.oauth.error import OAuthError
from lychgate.server.fetcher import Fetcher
from lychgate.server.model import Client
from lychgate.server.programs.redirect_uri import check_redirect_uri
from lychgate.server.programs.registration import Rules, check_client, check_text

RULES = Rules({"client_credentials", "password", "refresh_token"}, {"password"}, 86_400, Fetcher())
CLIENT = Client("main", "robot", "Robot")
TEXTS = ("id", "name", "jwks", "jwks_uri", "alg")
LISTS = ("redirect_uris", "scopes", "audiences", "resources", "groups")

GOOD_URIS = [
    "https://app.example.org/cb",
    "https://app.example.org:8443/cb?x=1",
    "http://127.0.0.1:8888",
    "http://127.0.0.1/cb",
    "http://[::1]:5000/cb",
    "http://localhost/cb",
    "com.example.app:/cb",
]
BAD_URIS = [
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "vbscript:x",
    "http://app.example.org/cb",
    "http://localhost.evil.example/cb",
    "http://127.0.0.1.evil.example/cb",
    "https://u@app.example.org/cb",
    "https://app.example.org/cb#x",
    "https://app.example.org/cb#",
    "https://*.example.org/cb",
    "https://app.example.org\\@evil.example/cb",
    "https:///cb",
    "//app.example.org/cb",
    "/cb",
    "https://app.example.org/a b",
    "https://app.example.org/\r\nx",
    "https://[::1/cb",
    "https://app.example.org:99999/cb",
    "https://ä.example.org/cb",
    "",
]


@pytest.mark.parametrize("uri", GOOD_URIS)
def test_a_redirect_uri_that_may_be_registered(uri: str):
    check_redirect_uri(uri)


@pytest.mark.parametrize("uri", BAD_URIS)
def test_row_3_a_redirect_uri_that_may_not_be_registered(uri: str):
    with pytest.raises(OAuthError) as caught:
        check_redirect_uri(uri)
    assert caught.value.error == "invalid_redirect_uri"


def refusal(check: Callable[..., None], *given: object) -> str | None:
    """The code with which it is refused; None where it passes."""
    try:
        check(*given)
    except OAuthError as error:
        return error.error
    return None


@given(st.text())
def test_any_text_is_a_redirect_uri_or_refused(uri: str):
    assert refusal(check_redirect_uri, uri) == "invalid_redirect_uri" or (uri.isascii() and "#" not in uri)


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str):
    plain = 1 <= len(text) <= 200 and not set(text) & set("\r\n\0\u2028\u202e")
    assert refusal(check_text, "a name", text) == "invalid_client_metadata" or plain


@given(st.sampled_from(TEXTS), st.text())
def test_any_text_in_a_field_of_a_client_is_taken_or_refused(field: str, text: str):
    keyed = {"methods": frozenset({"private_key_jwt"})} if field.startswith("jwks") else {}
    client = replace(CLIENT, **{field: text}, **keyed)
    assert refusal(check_client, client, RULES) in (None, "invalid_client_metadata")


@given(st.sampled_from(LISTS), st.lists(st.text(), max_size=60))
def test_any_texts_in_a_list_of_a_client_are_taken_or_refused(field: str, texts: list[str]):
    client = replace(CLIENT, **{field: tuple(texts)})
    assert refusal(check_client, client, RULES) in (None, "invalid_client_metadata", "invalid_redirect_uri")


def test_a_plain_client_passes():
    check_client(CLIENT, RULES)
