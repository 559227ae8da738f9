"""The protocol's readers: nothing but their own errors on what others send; what we write comes back."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lychgate.kernel.errors import Refused
from lychgate.kernel.http import Headers, Response, origin_of
from lychgate.oauth import (
    authorization,
    client_auth,
    device,
    error,
    introspection,
    jose,
    metadata,
    scope,
    token,
)
from lychgate.oauth.error import OAuthError
from support.texts import ANY, DEEP, HEADER, JSON, TEXT, few, objects

NAMES = ("client_id", "client_secret", "client_assertion", "client_assertion_type")
FIELDS = st.dictionaries(
    st.sampled_from(NAMES), ANY | st.just(client_auth.ASSERTION_TYPE) | st.just(f"{'e30'}.{'e30'}."), max_size=4
)
NAMED = st.text(min_size=1, max_size=60)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters=":%+"), max_size=40)
WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=20)
CLAIMS = st.dictionaries(
    TEXT,
    st.recursive(st.none() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5),
    max_size=5,
)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# --- client authentication


@few
@given(
    st.none() | HEADER | HEADER.map("Basic ".__add__) | ANY.map("basic ".__add__)
    | st.binary(max_size=40).map(lambda raw: "Basic " + base64.b64encode(raw).decode()),
    FIELDS,
)  # fmt: skip
@example("Basic é", {})
def test_any_header_and_fields_are_one_client_none_or_an_error(header: str | None, fields: dict[str, str]) -> None:
    with contextlib.suppress(OAuthError):
        found = client_auth.read(header, fields)
        assert found is None or (found.client_id and found.method in client_auth.METHODS)


@few
@given(NAMED, TEXT)
def test_any_id_and_secret_come_through_basic_in_either_alphabet_padded_or_not(id: str, secret: str) -> None:
    header = client_auth.basic(id, secret)
    scheme, _, text = header.partition(" ")
    loose = text.replace("+", "-").replace("/", "_")
    for sent in (header, f"{scheme} {loose}", f"bASIC  {loose.rstrip('=')} "):
        assert client_auth.read(sent, {}) == client_auth.Presented("client_secret_basic", id, secret)


@few
@given(PLAIN.filter(bool), PLAIN)
def test_who_does_not_form_encode_is_understood_where_nothing_can_be_meant_by_it(id: str, secret: str) -> None:
    header = "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()
    assert client_auth.read(header, {}) == client_auth.Presented("client_secret_basic", id, secret)


@few
@given(NAMED, TEXT)
def test_id_and_secret_come_through_a_form(id: str, secret: str) -> None:
    found = client_auth.read(None, {"client_id": id, "client_secret": secret})
    assert found == client_auth.Presented("client_secret_post", id, secret)


@few
@given(objects("typ", "alg"), objects("iss", "sub", "aud", "exp", "iat", "nbf", "jti"))
def test_the_claims_of_an_assertion_are_good_or_invalid_client(header: Any, claims: Any) -> None:
    if isinstance(header, dict) and isinstance(claims, dict):
        with contextlib.suppress(OAuthError):
            client_auth.require(header, claims, ("https://a.example",), 1.7e9)


# --- JWTs


@few
@given(ANY | st.builds("{}.{}.{}".format, ANY, ANY, ANY) | st.builds(
    lambda head, body: f"{encoded(head)}.{encoded(body)}.x",
    JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
    JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
))  # fmt: skip
def test_any_text_is_a_jwt_or_a_bad_one(text: str) -> None:
    for read in (jose.peek, lambda jwt: jose.verify(jwt, [KEY], jose.SYMMETRIC)):
        with contextlib.suppress(jose.BadJwt):
            read(text)


KEY = jose.import_key("s" * 32)


@few
@given(CLAIMS)
def test_signed_claims_are_read_and_verified_again(claims: dict[str, Any]) -> None:
    signed = jose.sign({"alg": "HS256"}, claims, KEY)
    assert jose.peek(signed) == jose.verify(signed, [KEY], ["HS256"]) == ({"alg": "HS256"}, claims)


@few
@given(CLAIMS, st.data())
def test_no_changed_character_is_believed(claims: dict[str, Any], data: st.DataObject) -> None:
    signed = jose.sign({"alg": "HS256"}, claims, KEY)
    at = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.sampled_from("AQgw_-.19=é").filter(lambda c: c != signed[at]))
    with contextlib.suppress(jose.BadJwt):
        # The last character holds bits that are no part of the signature.
        assert jose.verify(signed[:at] + other + signed[at + 1 :], [KEY], ["HS256"])[1] == claims
        assert at == len(signed) - 1


@few
@given(objects("keys") | st.lists(objects("kty", "crv", "x", "y", "k", "n", "e", "d", "kid"), max_size=3))
def test_any_jwk_set_is_keys_or_a_value_error(value: Any) -> None:
    with contextlib.suppress(ValueError):
        jose.import_keys({"keys": value} if isinstance(value, list) else value if isinstance(value, dict) else {})


@few
@given(st.binary(max_size=60) | ANY.map(lambda text: f"-----BEGIN {text}".encode("utf-8", "replace")))
def test_any_bytes_are_a_key_or_a_value_error(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        jose.import_key(raw)


# --- replies


@few
@given(
    objects("access_token", "token_type", "expires_in", "expires_at", "scope", "refresh_token", "id_token")
    | st.builds(dict, JSON.map(lambda value: {"expires_in": value, "expires_at": value, "access_token": "x"}))
)
def test_any_token_reply_is_read_or_a_value_error(body: Any) -> None:
    with contextlib.suppress(ValueError):
        found = token.read_reply(body)
        assert found.access_token
        assert found.expires_in is None or 0 <= found.expires_in <= 10 * 366 * 86400
        assert found.expires_at is None or abs(found.expires_at) < 1e12


@few
@given(NAMED, st.integers(0, 10**8), st.lists(WORD, unique=True, max_size=4), st.none() | NAMED)
def test_a_token_reply_of_ours_is_read_again(access: str, life: int, scopes: list[str], refresh: str | None) -> None:
    found = token.read_reply(json.loads(json.dumps(token.reply(access, life, scopes, refresh))))
    assert (found.access_token, found.expires_in, found.refresh_token) == (access, life, refresh)
    assert found.scope == (tuple(scopes) or None)


@few
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(5000, 1, 1), timezones=st.just(UTC)),
    st.integers(-23, 23),
)
def test_a_moment_is_the_same_as_number_text_and_iso_time(time: datetime, hours: int) -> None:
    there, epoch = time.astimezone(timezone(timedelta(hours=hours))), time.timestamp()
    assert token.moment(epoch) == token.moment(str(epoch)) == epoch
    assert token.moment(there.isoformat()) == pytest.approx(epoch, abs=1e-3)


@few
@given(st.lists(st.text("0123456789-:TZ+.W ", max_size=30), max_size=1).map("".join) | ANY)
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    token.moment(text)
    token.seconds(text)


@few
@given(ANY)
def test_any_scope_is_words_or_invalid_scope(text: str) -> None:
    with contextlib.suppress(OAuthError):
        found = scope.parse(text)
        assert scope.parse(scope.join(found)) == found
        assert len(set(found)) == len(found)


@few
@given(st.lists(WORD, max_size=10))
def test_scopes_are_read_as_written_each_once(words: list[str]) -> None:
    assert scope.parse(scope.join(words)) == tuple(dict.fromkeys(words))


@few
@given(objects("active", "sub"))
def test_any_introspection_answer_is_read_or_a_value_error(body: Any) -> None:
    with contextlib.suppress(ValueError):
        found = introspection.read_answer(body)
        assert found is None or found["active"] is True


@few
@given(CLAIMS)
def test_an_introspection_answer_of_ours_is_active(claims: dict[str, Any]) -> None:
    found = introspection.read_answer(introspection.active(claims))
    assert found is not None
    assert introspection.read_answer(dict(introspection.INACTIVE)) is None


@few
@given(objects("device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"))
def test_any_device_reply_is_read_or_a_value_error(body: Any) -> None:
    with contextlib.suppress(ValueError):
        assert device.read_reply(body).device_code


@few
@given(NAMED, st.integers(1, 10**6), st.integers(1, 100))
def test_a_device_reply_of_ours_is_read_again(code: str, life: int, interval: int) -> None:
    typed = device.new_user_code()
    found = device.read_reply(device.reply(code, typed, "https://a.example/device", life, interval))
    assert (found.device_code, found.user_code, found.expires_in, found.interval) == (code, typed, life, interval)
    assert dict(parse_qsl(urlsplit(found.verification_uri_complete or "").query)) == {"user_code": typed}


@few
@given(ANY, st.sampled_from(["", " ", "-", "–", "1", "\t"]))
def test_a_user_code_is_folded_to_letters_however_it_is_typed(text: str, between: str) -> None:
    folded = device.fold_user_code(text)
    assert set(folded) <= set(device.ALPHABET)
    assert device.fold_user_code(folded) == folded
    code = device.new_user_code()
    assert device.fold_user_code(between.join(code.lower())) == code.replace("-", "")


@few
@given(objects("issuer", "token_endpoint"), TEXT)
def test_any_metadata_are_those_of_the_issuer_or_a_value_error(body: Any, issuer: str) -> None:
    with contextlib.suppress(ValueError):
        assert metadata.read(body, issuer)["issuer"] == issuer


@few
@given(ANY | ANY.map("https://".__add__))
def test_the_addresses_of_any_issuer_are_found_or_it_is_a_value_error(issuer: str) -> None:
    with contextlib.suppress(ValueError):
        assert metadata.addresses(issuer)


@few
@given(st.text("abc/-._~", max_size=12))
def test_metadata_are_looked_for_where_a_server_answers_and_nowhere_else(path: str) -> None:
    issuer = f"https://a.example:8443/{path}" if path else "https://a.example:8443"
    found = metadata.addresses(issuer)
    assert {origin_of(url) for url in found} == {"https://a.example:8443"}
    assert {urlsplit(url).path for url in found} <= set(metadata.paths(urlsplit(issuer).path))


# --- redirects and errors


@few
@given(
    st.dictionaries(st.sampled_from(["state", "iss", "code", "error", "error_description"]), ANY), ANY, st.booleans()
)
@example({"state": "\ud800"}, "s", False)
def test_any_redirect_is_ours_refused_or_ignored(params: dict[str, str], state: str, expected: bool) -> None:
    with contextlib.suppress(authorization.Mismatch, Refused):
        granted = authorization.read_response(params, state=state, issuer="https://a.example", iss_expected=expected)
        assert granted.code
        assert params.get("state", "") == state


@few
@given(NAMED, NAMED, st.text(st.characters(codec="ascii"), max_size=30))
def test_a_redirect_of_ours_is_read_again_and_for_another_state_or_issuer_it_is_none(
    code: str, state: str, said: str
) -> None:
    issuer = "https://a.example"

    def back(params: dict[str, str]) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(authorization.with_params("http://127.0.0.1/?x=1", params)).query))

    params = back(authorization.success(code, state, issuer))
    assert authorization.read_response(params, state=state, issuer=issuer, iss_expected=True).code == code
    for other in ({"state": state + "x", "issuer": issuer}, {"state": state, "issuer": issuer + "/"}):
        with pytest.raises(authorization.Mismatch):
            authorization.read_response(params, iss_expected=True, **other)
    params = back(authorization.failure("access_denied", said, state, issuer))
    with pytest.raises(Refused) as caught:
        authorization.read_response(params, state=state, issuer=issuer, iss_expected=True)
    assert caught.value.error == "access_denied"


@few
@given(st.binary(max_size=60) | objects("error", "error_description").map(lambda value: json.dumps(value).encode()))
@example(DEEP.encode())
@example(b'{"error":' + DEEP.encode())
def test_any_body_is_an_error_or_none(body: bytes) -> None:
    found = error.read_error(Response(400, Headers(), body))
    assert found is None or isinstance(found.description, str)


@few
@given(ANY)
def test_what_is_said_has_the_characters_that_it_may_have(text: str) -> None:
    said = error.clean(text)
    assert said == error.clean(said)
    assert said.isascii()
    assert not set('"\\\r\n') & set(said)


READERS: list[Callable[[Any], object]] = [
    lambda body: token.read_reply(body),
    lambda body: device.read_reply(body),
    lambda body: introspection.read_answer(body),
    lambda body: metadata.read(body, "https://a.example"),
]


@few
@given(JSON, st.sampled_from(READERS))
def test_no_reply_brings_anything_but_a_value_error(body: Any, read: Callable[[Any], object]) -> None:
    with contextlib.suppress(ValueError):
        read(body)
