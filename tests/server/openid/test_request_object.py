"""Request objects (RFC 9101, OpenID Connect Core 6), by value and pushed. Rows 16 to 18 of the attacks."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.oauth import jose, pkce
from support.person import PersonAtBrowser
from support.relying import BACK, VERIFIER, Relying, finish, relying
from support.server import Server, poll

KEY, RSA, STRANGER = jose.generate("ES256"), jose.generate("RS256"), jose.generate("ES256")
PUBLIC = {"keys": [key.as_dict(private=False) for key in (KEY, RSA)]}


@pytest.fixture(scope="module")
def signer(op: Server) -> Relying:
    return relying(op, jwks=PUBLIC)


def claims(of: Relying, **changed: Any) -> dict[str, Any]:
    made = {
        "iss": of.id,
        "aud": of.server.issuer,
        "exp": int(time.time()) + 60,
        "client_id": of.id,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "openid",
        "state": "inside",
        "nonce": "no",
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | changed
    return {name: value for name, value in made.items() if value is not None}


def signed(of: Relying, key: Any = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
    return jose.sign(
        {"alg": jose.alg_for(key), "typ": "oauth-authz-req+jwt"} | (header or {}), claims(of, **changed), key
    )


def by_hand(header: dict[str, Any], payload: bytes, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def alone(of: Relying, request: str) -> str:
    """The URL that holds nothing but the object, as RFC 9101 5 has it."""
    return f"{of.server.url}/oauth2/authorize?" + urlencode({"client_id": of.id, "request": request})


@pytest.mark.parametrize("key", [KEY, RSA], ids=["ES256", "RS256"])
def test_a_signed_request_ends_in_tokens(signer: Relying, key: Any) -> None:
    person = finish(PersonAtBrowser(signer.server.url).open(alone(signer, signed(signer, key))))
    assert person.params["state"] == "inside"
    assert signer.redeem(person).status == 200


def test_oidcc_ensure_request_object_with_redirect_uri(signer: Relying) -> None:
    person = signer.visit(request=signed(signer, prompt="consent", max_age=1000), redirect_uri=None, state="outside")
    assert person.params["state"] == "inside", "what is signed wins"


def test_claims_and_several_resources_may_stand_in_it_as_json(signer: Relying) -> None:
    wanted = {"id_token": {"email": None}}
    assert signer.tokens(request=signed(signer, claims=wanted))["id"]["email"] == "ada@example.org"
    refused = signer.visit(request=signed(signer, resource=[signer.server.issuer, "https://api.example.org"]))
    assert refused.params["error"] == "invalid_target"


def test_it_may_expire_while_the_person_decides(signer: Relying) -> None:
    ends = int(time.time()) - 28  # within the leeway of 30 s
    person = PersonAtBrowser(signer.server.url).open(alone(signer, signed(signer, exp=ends, prompt="login")))
    poll(lambda: time.time() > ends + 31)
    assert "code" in finish(person).params
    late = PersonAtBrowser(signer.server.url).open(alone(signer, signed(signer, exp=ends)))
    assert late.params["error"] == "invalid_request_object"


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(signer: Relying) -> None:
    request = by_hand({"alg": "none"}, json.dumps(claims(signer)).encode())
    assert signer.visit(request=request).params["error"] == "request_not_supported"


def test_a_request_by_reference_is_not_supported(signer: Relying) -> None:
    assert signer.visit(request_uri="https://rp.example.org/r.jwt").params["error"] == "request_uri_not_supported"
    assert signer.visit(registration="{}").params["error"] == "registration_not_supported"


BAD: dict[str, dict[str, Any]] = {
    "another issuer's name": {"iss": "somebody"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "https://other.example.org"},
    "no audience": {"aud": None},
    "expired": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "an end that is a text": {"exp": "9999999999"},
    "an end that is true": {"exp": True},
    "an end far ahead": {"exp": 99_999_999_999},
    "not yet": {"nbf": 99_999_999_999},
    "another client": {"client_id": "somebody"},
    "an assertion of the client's": {"sub": "SELF"},
    "an object in it": {"request": "x"},
    "a reference in it": {"request_uri": "https://rp.example.org/r.jwt"},
    "a list for a text": {"scope": ["openid"]},
    "null": {"nonce": False},
}


@pytest.mark.parametrize("changed", BAD.values(), ids=list(BAD))
def test_a_request_object_that_does_not_fit_is_refused(signer: Relying, changed: dict[str, Any]) -> None:
    changed = {name: signer.id if value == "SELF" else value for name, value in changed.items()}
    person = signer.visit(request=signed(signer, **changed))
    assert (person.params["error"], person.params["state"]) == ("invalid_request_object", "st")


def test_rows_16_to_18_a_request_is_trusted_by_the_clients_registered_keys_alone(signer: Relying) -> None:
    payload = json.dumps(claims(signer)).encode()
    embedded = {"jwk": STRANGER.as_dict(private=False)}
    shared = jose.import_key(json.dumps(KEY.as_dict(private=False)), None)
    twins = payload[:-1] + b',"scope":"openid email"}'
    requests = [
        by_hand({"alg": "nOnE"}, payload),
        by_hand({"alg": "ES256"}, payload),
        by_hand({"alg": "ES256", "typ": "JWT"}, twins, b"x" * 64),
        signed(signer, STRANGER),
        signed(signer, STRANGER, {"kid": KEY.thumbprint()}),
        signed(signer, STRANGER, {"kid": "../../etc/passwd"}),
        jose.sign({"alg": "HS256"}, claims(signer), shared),
        signed(signer, header={"typ": "at+jwt"}),
        by_hand({"alg": "ES256", **embedded}, payload, b"x" * 64),
        by_hand({"alg": "ES256", "jku": "https://evil.example/jwks"}, payload, b"x" * 64),
        by_hand({"alg": "ES256", "crit": ["bork"]}, payload, b"x" * 64),
        by_hand({"alg": "ES256", "b64": False}, payload, b"x" * 64),
        signed(signer)[:-6] + "AAAAAA",
        "x",
        "x" * 20_000,
    ]
    for request in requests:
        error = signer.visit(request=request).params["error"]
        assert error in ("invalid_request_object", "request_not_supported")


def test_a_client_without_keys_signs_nothing(rp: Relying) -> None:
    assert rp.visit(request=signed(rp)).params["error"] == "invalid_request_object"


def test_an_error_goes_only_to_a_registered_redirect(signer: Relying) -> None:
    person = signer.visit(request=signed(signer, STRANGER), redirect_uri="https://evil.example/")
    assert (person.page.status_code, person.left_to) == (400, "")
    person = signer.visit(request=signed(signer, redirect_uri="https://evil.example/"))
    assert (person.page.status_code, person.left_to) == (400, "")


def test_the_algorithm_that_was_registered_is_the_only_one(op: Server) -> None:
    strict = relying(op, jwks=PUBLIC, request_object_signing_alg="RS256")
    assert strict.visit(request=signed(strict, KEY)).params["error"] == "invalid_request_object"
    assert "code" in strict.visit(request=signed(strict, RSA)).params


def test_a_client_that_always_signs_is_not_spoken_for_without(op: Server) -> None:
    strict = relying(op, jwks=PUBLIC, require_signed_request_object=True)
    assert strict.visit().params["error"] == "invalid_request"
    assert "code" in strict.visit(request=signed(strict)).params
    short = strict.visit(request=signed(strict, response_type=None))
    assert short.params["error"] == "invalid_request", "what stands beside the object does not count"


def push(of: Relying, **fields: str) -> Any:
    return of.server.post("/oauth2/par", fields, basic=of.pair)


def test_a_signed_request_may_be_pushed(op: Server) -> None:
    strict = relying(op, jwks=PUBLIC, require_signed_request_object=True)
    reply = push(strict, request=signed(strict))
    assert reply.status == 201, reply.body
    person = strict.visit(request_uri=reply.json()["request_uri"])
    assert person.params["state"] == "inside"
    assert push(strict, request=signed(strict, STRANGER)).error == "invalid_request_object"
    plain = {name: str(value) for name, value in claims(strict).items() if name not in ("iss", "aud", "exp")}
    assert push(strict, **plain).error == "invalid_request"
