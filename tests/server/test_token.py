"""The token endpoint: client_credentials by each method, and what is refused (RFC 6749 4.4, 5)."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import pytest

from lychgate.oauth import access_token, client_auth, jose
from lychgate.server.engine import Engine
from lychgate.server.programs import clients
from support.server import ACTOR, Made, Server, poll

TOKEN = "/oauth2/token"
GRANT = {"grant_type": "client_credentials"}
ALL = ("client_secret_basic", "client_secret_post", "client_secret_jwt")


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add(scopes=("read", "write"), audiences=("https://api.example",), methods=ALL)


def claims_of(server: Server, token: str) -> Mapping[str, Any]:
    keys = jose.import_keys(server.get("/jwks").json())
    header, claims = jose.verify(token, keys, ["ES256", "RS256", "EdDSA"])
    access_token.require(header, claims, issuer=server.issuer, audience=(), now=time.time())
    return claims


def test_a_client_gets_a_token_by_basic(server: Server, robot: Made) -> None:
    answer = server.post(TOKEN, GRANT, basic=robot.pair)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert {name: body[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "read write",
    }
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    claims = claims_of(server, body["access_token"])
    assert claims["sub"] == claims["client_id"] == robot.id
    assert claims["aud"] == [server.issuer, "https://api.example"]
    assert claims["exp"] - claims["iat"] == 900
    assert "user_id" not in claims


def test_the_token_says_at_jwt_and_names_its_key(server: Server, robot: Made) -> None:
    header, _ = jose.peek(server.token(robot))
    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert header["kid"] in {key["kid"] for key in server.get("/jwks").json()["keys"]}


def test_two_tokens_are_never_the_same(server: Server, robot: Made) -> None:
    one, two = (claims_of(server, server.token(robot)) for _ in range(2))
    assert one["jti"] != two["jti"]


def test_a_client_gets_a_token_by_post(server: Server, robot: Made) -> None:
    fields = GRANT | {"client_id": robot.id, "client_secret": robot.secret}
    assert server.post(TOKEN, fields).status == 200


@pytest.mark.parametrize("audience", ["issuer", "token", "localhost"])
@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt"])
def test_a_client_gets_a_token_by_client_secret_jwt(server: Server, robot: Made, audience: str, typ: str) -> None:
    aud = {
        "issuer": server.issuer,
        "token": server.issuer + TOKEN,
        "localhost": server.issuer.replace("127.0.0.1", "localhost") + "/api/v1/auth/jwt/token",
    }[audience]
    signed = client_auth.assertion(robot.id, jose.import_key(robot.secret), "HS256", aud, time.time(), typ=typ)
    assert server.post(TOKEN, GRANT | client_auth.assertion_fields(signed)).status == 200
    again = server.post(TOKEN, GRANT | client_auth.assertion_fields(signed))
    assert (again.status, again.error) == (401, "invalid_client")


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_a_client_gets_a_token_by_private_key_jwt(server: Server, alg: str) -> None:
    key = jose.generate(alg)
    jwks = json.dumps({"keys": [key.as_dict(private=False) | {"kid": "k"}]})
    made = server.client_add(methods=("private_key_jwt",), jwks=jwks)
    signed = client_auth.assertion(made.id, key, alg, server.issuer, time.time(), kid="k")
    assert server.post(TOKEN, GRANT | client_auth.assertion_fields(signed)).status == 200
    other = client_auth.assertion(made.id, jose.generate(alg), alg, server.issuer, time.time(), kid="k")
    answer = server.post(TOKEN, GRANT | client_auth.assertion_fields(other))
    assert (answer.status, answer.error) == (401, "invalid_client")


def test_an_id_and_a_secret_with_special_characters_are_form_decoded(server: Server) -> None:
    made = server.client_add("robber:100%+")
    pair = f"{quote_plus(made.id)}:{quote_plus(made.secret)}"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        header = {"Authorization": "Basic " + encode(pair.encode()).decode()}
        assert server.post(TOKEN, GRANT, headers=header).status == 200


def test_less_scope_and_audience_may_be_asked_for(server: Server, robot: Made) -> None:
    answer = server.post(TOKEN, GRANT | {"scope": "read", "resource": "https://api.example"}, basic=robot.pair)
    assert answer.json()["scope"] == "read"
    assert claims_of(server, answer.json()["access_token"])["aud"] == ["https://api.example"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"scope": "read admin"}, "invalid_scope"),
        ({"scope": 'a"b'}, "invalid_scope"),
        ({"resource": "https://evil.example"}, "invalid_target"),
        ({"resource": ["https://api.example", "https://evil.example"]}, "invalid_target"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unauthorized_client"),
        ({"grant_type": "Client_Credentials"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"scope": ["read", "write"]}, "invalid_request"),
        ({"grant_type": ["client_credentials", "password"]}, "invalid_request"),
    ],
)
def test_what_a_client_may_not_have_is_refused(server: Server, robot: Made, fields: dict[str, Any], error: str) -> None:
    answer = server.post(TOKEN, GRANT | fields, basic=robot.pair)
    assert (answer.status, answer.error) == (400, error)
    assert answer.headers["cache-control"] == "no-store"


def test_who_does_not_authenticate_gets_nothing(server: Server, robot: Made) -> None:
    wrong = server.post(TOKEN, GRANT, basic=(robot.id, "wrong"))
    assert (wrong.status, wrong.error) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic realm=")
    unknown = server.post(TOKEN, GRANT, basic=("nobody", "wrong"))
    assert (unknown.status, unknown.error) == (401, "invalid_client")
    none = server.post(TOKEN, GRANT)
    assert (none.status, none.error, none.headers.get("www-authenticate")) == (401, "invalid_client", None)
    named = server.post(TOKEN, GRANT | {"client_id": robot.id})
    assert (named.status, named.error) == (401, "invalid_client")


def test_a_method_that_is_not_registered_is_refused(server: Server) -> None:
    made = server.client_add(methods=("client_secret_basic",))
    answer = server.post(TOKEN, GRANT | {"client_id": made.id, "client_secret": made.secret})
    assert (answer.status, answer.error) == (401, "invalid_client")


def test_two_methods_at_once_are_refused(server: Server, robot: Made) -> None:
    fields = GRANT | {"client_id": robot.id, "client_secret": robot.secret}
    answer = server.post(TOKEN, fields, basic=robot.pair)
    assert (answer.status, answer.error) == (400, "invalid_request")


def test_only_a_posted_form_is_taken(server: Server, robot: Made) -> None:
    assert server.get(TOKEN, basic=robot.pair).status == 405
    as_json = server.call("POST", TOKEN, body=json.dumps(GRANT).encode(), headers={"Content-Type": "application/json"})
    assert (as_json.status, as_json.error) == (415, "invalid_request")
    in_url = server.post(TOKEN + "?grant_type=client_credentials", {}, basic=robot.pair)
    assert (in_url.status, in_url.error) == (400, "invalid_request")
    long = server.post(TOKEN, GRANT | {"scope": "a" * 70_000}, basic=robot.pair)
    assert (long.status, long.error) == (413, "invalid_request")


def test_an_owner_lends_roles_and_groups(server: Server) -> None:
    owner = server.user_add("owner@example.org", roles=["all-datasets"], groups=["staff"])
    made = server.client_add(owner=owner.id)
    claims = claims_of(server, server.token(made))
    assert (claims["sub"], claims["user_id"]) == (made.id, owner.id)
    assert (claims["roles"], claims["groups"]) == (["all-datasets"], ["staff"])


@pytest.mark.parametrize("alg", ["RS256", "EdDSA"])
def test_a_client_may_have_its_tokens_signed_otherwise(server: Server, alg: str) -> None:
    made = server.client_add(alg=alg)
    token = server.token(made)
    assert jose.peek(token)[0]["alg"] == alg
    assert claims_of(server, token)["client_id"] == made.id
    assert server.is_active(token, made)


def test_a_client_may_have_a_lifetime_of_its_own(server: Server) -> None:
    made = server.client_add(lifetime=2)
    answer = server.post(TOKEN, GRANT, basic=made.pair)
    assert answer.json()["expires_in"] == 2
    token = answer.json()["access_token"]
    assert server.is_active(token, made)
    poll(lambda: not server.is_active(token, made))


@pytest.mark.parametrize("method", ALL)
def test_a_new_secret_is_good_from_the_moment_it_was_shown(server: Server, method: str) -> None:
    turning = server.client_add(methods=[method])

    def used(secret: str) -> int:
        if method == "client_secret_basic":
            return server.post(TOKEN, GRANT, basic=(turning.id, secret)).status
        if method == "client_secret_post":
            return server.post(TOKEN, GRANT | {"client_id": turning.id, "client_secret": secret}).status
        key = jose.import_key(secret)
        signed = client_auth.assertion(turning.id, key, "HS256", server.issuer, time.time())
        return server.post(TOKEN, GRANT | client_auth.assertion_fields(signed)).status

    async def rotated(engine: Engine) -> list[int]:
        made = [await clients.rotate(engine, ACTOR, turning.client) for _ in range(2)]
        return [await asyncio.to_thread(used, each.secret) for each in reversed(made)]

    assert used(turning.secret) == 200  # it is in memory now
    for _ in range(3):
        assert server.operate(rotated) == [200, 200], "at once, by another process's word"
    assert used("no secret of this client, though it is as long as one") == 401


def test_who_is_disabled_gets_nothing_and_has_nothing_within_a_second(server: Server) -> None:
    owner = server.user_add("gone@example.org")
    client, owned = server.client_add(), server.client_add(owner=owner.id)
    token, of_owner = server.token(client), server.token(owned)
    watcher = server.client_add(resources=(server.issuer,))
    assert server.is_active(token, watcher)
    assert server.is_active(of_owner, watcher)
    server.client_edit(client, active=False)
    server.user_edit(owner, active=False)
    poll(lambda: server.post(TOKEN, GRANT, basic=client.pair).error == "invalid_client", 1.5)
    poll(lambda: server.post(TOKEN, GRANT, basic=owned.pair).error == "invalid_grant", 1.5)
    assert not server.is_active(token, watcher)
    assert not server.is_active(of_owner, watcher)
