"""The FAPI 2.0 security profile as a setting of a client: one whole flow, and each violation by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.oauth import client_auth, jose, pkce
from lychgate.oauth.error import OAuthError
from support.dpop import Holder
from support.person import PersonAtBrowser
from support.relying import finish
from support.server import Made, Reply, Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2"
BACK = "https://bank.example/back"
VERIFIER = "v" * 43
TOKEN, PAR = "/oauth2/token", "/oauth2/par"
KEY = jose.generate("ES256")
BOUND: dict[str, Any] = {"profile": "fapi2", "dpop_bound_access_tokens": True}


def jwks(key: Any = KEY) -> str:
    return json.dumps({"keys": [key.as_dict(private=False)]})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("fapi") / "data", toml='alg = "RS256"\nrequire_pkce = false\n') as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def bank(server: Server) -> Made:
    return bank_add(server)


def bank_add(server: Server, **changed: Any) -> Made:
    fields: dict[str, Any] = {
        "methods": ["private_key_jwt"],
        "grants": ["authorization_code", "refresh_token", "client_credentials"],
        "redirect_uris": (BACK,),
        "scopes": ("read",),
        "jwks": jwks(),
        "extra": BOUND,
    }
    return server.client_add(**fields | changed)


def proof_of(server: Server, bank: Made, key: Any = KEY, alg: str = "ES256", aud: str = "") -> dict[str, str]:
    import time

    signed = client_auth.assertion(
        bank.id, key, alg, aud or server.issuer, time.time(), typ="client-authentication+jwt"
    )
    return client_auth.assertion_fields(signed)


def wanted(server: Server, bank: Made, **changed: str | None) -> dict[str, str]:
    fields = {
        "response_type": "code",
        "client_id": bank.id,
        "redirect_uri": BACK,
        "scope": "openid read",
        "state": "st",
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
        **changed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def push(server: Server, bank: Made, **changed: str | None) -> Reply:
    return server.post(PAR, wanted(server, bank, **changed) | proof_of(server, bank))


def go(server: Server, query: dict[str, str]) -> dict[str, str]:
    person = PersonAtBrowser(server.url).open(f"{server.url}/oauth2/authorize?{urlencode(query)}")
    return finish(person).params


def test_the_whole_way_is_pushed_proved_and_bound(server: Server, bank: Made) -> None:
    holder, pushed = Holder(), push(server, bank)
    assert (pushed.status, pushed.json()["expires_in"] < 600) == (201, True)
    back = go(server, {"client_id": bank.id, "request_uri": pushed.json()["request_uri"]})
    assert (back["state"], back["iss"]) == ("st", server.issuer)
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK, "code_verifier": VERIFIER}
    unproved = server.post(TOKEN, form | proof_of(server, bank))
    assert (unproved.status, unproved.error) == (400, "invalid_dpop_proof")
    first = holder.post(server, TOKEN, form | proof_of(server, bank))
    assert (first.status, first.json()["token_type"]) == (200, "DPoP")
    assert jose.peek(first.json()["access_token"])[0]["alg"] == "ES256"
    assert jose.peek(first.json()["id_token"])[0]["alg"] == "ES256"
    again = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    assert server.post(TOKEN, again | proof_of(server, bank)).error == "invalid_dpop_proof"
    assert holder.post(server, TOKEN, again | proof_of(server, bank)).json()["token_type"] == "DPoP"


def test_a_robot_of_the_profile_gets_bound_tokens_alone(server: Server, bank: Made) -> None:
    robot = {"grant_type": "client_credentials"}
    assert server.post(TOKEN, robot | proof_of(server, bank)).error == "invalid_dpop_proof"
    assert Holder().post(server, TOKEN, robot | proof_of(server, bank)).json()["token_type"] == "DPoP"


def test_a_request_that_was_not_pushed_is_refused(server: Server, bank: Made) -> None:
    back = go(server, wanted(server, bank))
    assert (back["error"], "push" in back["error_description"]) == ("invalid_request", True)


def test_any_client_may_register_that_it_pushes(server: Server) -> None:
    pushing = {"require_pushed_authorization_requests": True}
    made = server.client_add(grants=["authorization_code"], redirect_uris=(BACK,), scopes=("read",), extra=pushing)
    assert go(server, wanted(server, made))["error"] == "invalid_request"
    reply = server.post(PAR, wanted(server, made), basic=made.pair)
    assert "code" in go(server, {"client_id": made.id, "request_uri": reply.json()["request_uri"]})


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"redirect_uri": None},
    ],
)
def test_a_push_without_pkce_or_redirect_uri_is_refused(
    server: Server, bank: Made, changed: dict[str, str | None]
) -> None:
    assert push(server, bank, **changed).error == "invalid_request"


def test_an_assertion_by_rs256_or_for_the_token_url_is_refused(server: Server) -> None:
    rsa = jose.generate("RS256")
    bank = bank_add(server, jwks=jwks(rsa))
    robot = {"grant_type": "client_credentials"}
    assert Holder().post(server, TOKEN, robot | proof_of(server, bank, rsa, "RS256")).error == "invalid_client"
    elsewhere = proof_of(server, bank, rsa, "PS256", server.issuer + TOKEN)
    assert Holder().post(server, TOKEN, robot | elsewhere).error == "invalid_client"
    assert Holder().post(server, TOKEN, robot | proof_of(server, bank, rsa, "PS256")).status == 200


def test_a_dpop_proof_by_rs256_is_refused(server: Server, bank: Made) -> None:
    robot = {"grant_type": "client_credentials"}
    rsa = Holder(jose.generate("RS256"))
    assert rsa.post(server, TOKEN, robot | proof_of(server, bank)).error == "invalid_dpop_proof"


def test_a_request_object_by_rs256_is_refused(server: Server) -> None:
    import time

    rsa = jose.generate("RS256")
    bank = bank_add(server, jwks=jwks(rsa))
    claims = wanted(server, bank) | {"iss": bank.id, "aud": server.issuer, "exp": int(time.time()) + 60}
    for alg, status in (("RS256", 400), ("PS256", 201)):
        signed = {"client_id": bank.id, "request": jose.sign({"alg": alg}, claims, rsa)}
        assert server.post(PAR, signed | proof_of(server, bank, rsa, "PS256")).status == status


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"methods": ["client_secret_basic"]}, "authenticates by private_key_jwt"),
        ({"methods": ["none"], "grants": ["authorization_code"]}, "authenticates by private_key_jwt"),
        ({"methods": ["private_key_jwt", "client_secret_jwt"]}, "authenticates by private_key_jwt"),
        ({"grants": ["password"]}, "the grants are authorization_code, client_credentials, refresh_token"),
        ({"grants": ["urn:ietf:params:oauth:grant-type:device_code"]}, "the grants are"),
        ({"extra": {"profile": "fapi2"}}, "bound to their sender"),
        ({"alg": "RS256"}, "alg is one of"),
        ({"extra": BOUND | {"id_token_signed_response_alg": "RS256"}}, "id_token_signed_response_alg is one of"),
        ({"extra": BOUND | {"token_endpoint_auth_signing_alg": "RS256"}}, "token_endpoint_auth_signing_alg is one of"),
        ({"extra": BOUND | {"require_pkce": False}}, "PKCE"),
        ({"extra": BOUND | {"profile": "fapi9"}}, "unknown profile"),
    ],
)
def test_a_client_that_contradicts_the_profile_is_not_registered(
    server: Server, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(OAuthError, match=says):
        bank_add(server, **changed)
