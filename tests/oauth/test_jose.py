"""Reading JWTs: what no key can make good is refused before any key is looked for (RFC 7515, RFC 8725)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lychgate.oauth import jose

KEY = jose.generate("ES256")


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_good_token_is_read_and_its_header_is_the_callers_own() -> None:
    token = jose.sign({"alg": "ES256", "kid": "a"}, {"sub": "ada"}, KEY)
    header, claims = jose.verify(token, [KEY], ("ES256",))
    assert claims == {"sub": "ada"}
    header["alg"] = "none"
    assert jose.peek(token)[0] == {"alg": "ES256", "kid": "a"}, "what is remembered is nobody's to change"


@pytest.mark.parametrize("name", ["kid", "typ"])
@pytest.mark.parametrize("value", [5, None, ["a"], {"a": 1}])
def test_a_kid_or_typ_that_is_no_text_is_refused(name: str, value: Any) -> None:
    with pytest.raises(jose.BadJwt, match="kid and typ"):
        jose.peek(f"{part({'alg': 'ES256', name: value})}.{part({})}.")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"])
def test_a_dangerous_header_is_refused_each_time_it_comes(name: str) -> None:
    token = f"{part({'alg': 'ES256', name: True})}.{part({})}."
    for _ in range(2):
        with pytest.raises(jose.BadJwt, match=name):
            jose.peek(token)
    if name == "jwk":
        assert jose.peek(token, frozenset({"jwk"}))[0]["jwk"] is True
        with pytest.raises(jose.BadJwt, match=name):
            jose.peek(token)


@pytest.mark.parametrize("payload", ["+/+/", "e30=", "e30 ", "e3.0", '{"a":1}'])
def test_what_is_not_base64url_is_refused(payload: str) -> None:
    with pytest.raises(jose.BadJwt):
        jose.peek(f"{part({'alg': 'ES256'})}.{payload}.")


def test_more_than_one_value_and_a_name_twice_are_refused() -> None:
    for text in (b"{} {}", b'{"a":1,"a":2}', b"[]"):
        payload = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
        with pytest.raises(jose.BadJwt):
            jose.peek(f"{part({'alg': 'ES256'})}.{payload}.")


def test_a_signature_in_the_other_alphabet_or_with_more_behind_it_does_not_fit() -> None:
    head, payload, signature = jose.sign({"alg": "ES256"}, {}, KEY).split(".")
    other = "/" + signature[1:]
    for bad in (other, signature + "AA", signature + "==", signature[:-2], ""):
        with pytest.raises(jose.BadJwt):
            jose.verify(f"{head}.{payload}.{bad}", [KEY], ("ES256",))
