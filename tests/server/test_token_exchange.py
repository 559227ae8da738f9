"""Token exchange (RFC 8693) and the JWT bearer grant (RFC 7523): what comes of a token, for whom, by whom, how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from lychgate.oauth import jose, token_exchange
from lychgate.server.trusted import trust
from support.abroad import Abroad
from support.app import added
from support.issuer import TinyIssuer
from support.relying import EMAIL, PASSWORD
from support.server import ACTOR, Made, Server, running
from support.swap import ACCESS_TOKEN, BEARER, EXCHANGE, ID_TOKEN, JWT, assert_jwt, swap

A, B, C = "https://a.example", "https://b.example", "https://c.example"


@pytest.fixture(scope="module")
def tiny() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny: TinyIssuer) -> Iterator[Server]:
    toml = f'fetch_allow = ["{tiny.url.removeprefix("http://")}"]\n'
    with running(tmp_path_factory.mktemp("exchange") / "data", toml=toml) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> Any:
    return server.user_add(EMAIL, PASSWORD, name="ada", groups=("lab",), roles=("reader",))


@pytest.fixture(scope="module")
def portal(server: Server) -> Made:
    return server.client_add("portal", grants=["password"], scopes=("read", "write"), audiences=(A,))


@pytest.fixture(scope="module")
def first(server: Server) -> Made:
    return service(server, "first", A, B)


@pytest.fixture(scope="module")
def second(server: Server) -> Made:
    return service(server, "second", B, C)


def service(server: Server, id: str | None, serves: str, calls: str, **more: Any) -> Made:
    grants = ["client_credentials", EXCHANGE, BEARER]
    usual = {"grants": grants, "scopes": ("read",), "audiences": (calls,), "resources": (serves,)}
    return server.client_add(id, **(usual | more))


def log_in(server: Server, portal: Made) -> str:
    return server.token(portal, grant_type="password", username=EMAIL, password=PASSWORD)


def made(reply: Any) -> str:
    assert reply.status == 200, reply.body
    return str(reply.json()["access_token"])


def claims_of(token: str) -> dict[str, Any]:
    return jose.peek(token)[1]


def test_who_acts_is_a_chain_from_service_to_service(
    server: Server, ada: Any, portal: Made, first: Made, second: Made
) -> None:
    reply = swap(server, first, log_in(server, portal), server.token(first), audience=B)
    assert reply.json()["issued_token_type"] == ACCESS_TOKEN
    assert "refresh_token" not in reply.json()
    one = claims_of(made(reply))
    assert (one["sub"], one["client_id"], one["aud"], one["scope"]) == (ada.id, "first", [B], "read")
    assert (one["act"], one["groups"], one["roles"]) == ({"sub": "first"}, ["lab"], ["reader"])
    two = made(swap(server, second, made(reply), server.token(second), resource=C))
    assert claims_of(two)["act"] == {"sub": "second", "act": {"sub": "first"}}
    shown = server.post("/oauth2/introspect", {"token": two}, basic=second.pair).json()
    assert (shown["sub"], shown["act"]) == (ada.id, {"sub": "second", "act": {"sub": "first"}})
    again = made(swap(server, second, made(reply), resource=C))  # impersonation leaves the chain as it was
    assert claims_of(again)["act"] == {"sub": "first"}
    assert "act" not in claims_of(made(swap(server, first, log_in(server, portal))))


def test_a_person_acts_for_another(server: Server, ada: Any, portal: Made, first: Made) -> None:
    bob = server.user_add("bob@example.org", PASSWORD)
    actor = server.token(portal, grant_type="password", username=bob.email, password=PASSWORD)
    token = made(swap(server, first, log_in(server, portal), actor))
    assert (claims_of(token)["sub"], claims_of(token)["act"]) == (ada.id, {"sub": bob.id})
    reply = swap(server, first, log_in(server, portal), token)
    assert reply.error == "invalid_request"  # who is acted for is no actor


def test_nothing_outlives_what_it_was_made_of(server: Server, ada: Any, first: Made) -> None:
    short = server.client_add(grants=["password"], audiences=(A,), lifetime=60)
    token = log_in(server, short)
    time.sleep(1.1)
    reply = swap(server, first, token)
    assert claims_of(made(reply))["exp"] == claims_of(token)["exp"]
    assert reply.json()["expires_in"] <= 59
    brief = service(server, None, A, B, lifetime=30)
    assert swap(server, brief, token).json()["expires_in"] == 30
    actor = server.token(brief)
    assert claims_of(made(swap(server, brief, token, actor)))["exp"] <= claims_of(actor)["exp"]


def test_an_id_token_is_good_for_its_client_while_its_login_lives(server: Server, ada: Any) -> None:
    grants = ("authorization_code", "refresh_token", EXCHANGE)
    app = added(server, grants=grants, scopes=("read",), audiences=(B,))
    held = app.by("code")
    reply = swap(server, app.made, held["id_token"], subject_token_type=ID_TOKEN)
    claims = claims_of(made(reply))
    assert claims["sub"] == ada.id
    assert set(claims.get("scope", "").split()) <= set(held["scope"].split())
    server.post("/oauth2/revoke", {"token": held["refresh_token"]}, basic=app.made.pair)
    assert swap(server, app.made, held["id_token"], subject_token_type=ID_TOKEN).error == "invalid_request"
    assert not server.is_active(made(reply), app.made)


def test_a_pairwise_name_becomes_the_one_that_the_next_client_knows(server: Server, ada: Any, first: Made) -> None:
    paired = server.client_add(
        grants=["password", "authorization_code"],
        redirect_uris=("https://pair.example/back",),
        audiences=(A,),
        extra={"subject_type": "pairwise"},
    )
    token = log_in(server, paired)
    assert claims_of(token)["sub"] != ada.id
    assert claims_of(made(swap(server, first, token)))["sub"] == ada.id


def test_may_act_names_who_may(server: Server, ada: Any, first: Made) -> None:
    abroad = Abroad("https://may.example")
    abroad.trusted_by(server)

    def answer(may: Any, actor: str | None = None) -> str:
        return swap(server, first, abroad.sign(server.issuer, may_act=may), actor, subject_token_type=JWT).error

    own = server.token(first)
    for may in ({"sub": "first"}, {"client_id": "first"}, {"sub": "first", "iss": server.issuer}):
        assert answer(may) == answer(may, own) == ""
    for may in (
        {"sub": "second"},
        {"sub": "first", "iss": "https://other.example"},
        {},
        "first",
        {"iss": server.issuer},
    ):
        assert answer(may) == answer(may, own) == "invalid_request"


def test_the_chain_from_abroad_is_kept_bare_and_no_longer_than_it_may_be(server: Server, ada: Any, first: Made) -> None:
    abroad = Abroad("https://chain.example")
    abroad.trusted_by(server)
    own = server.token(first)

    def chained(length: int, **more: Any) -> dict[str, Any]:
        link: Any = None
        for _ in range(length):
            link = {"sub": "x", **more} | ({"act": link} if link else {})
        return dict(link)

    token = abroad.sign(server.issuer, act=chained(2, iss="https://chain.example", weight=1))
    claims = claims_of(made(swap(server, first, token, own, subject_token_type=JWT)))
    one = {"sub": "x", "iss": "https://chain.example"}
    assert claims["act"] == {"sub": "first", "act": one | {"act": one}}
    assert swap(server, first, abroad.sign(server.issuer, act=chained(9)), own, subject_token_type=JWT).status == 200
    for act in (chained(10), chained(400), "x", {}, {"sub": 7}, {"sub": "\ud800"}, {"sub": "a", "act": []}):
        token = abroad.sign(server.issuer, act=act)
        assert swap(server, first, token, own, subject_token_type=JWT).error == "invalid_request"


MAPPED: dict[str, tuple[str, dict[str, Any], bool]] = {
    "by our id": ("sub", {"sub": "ID"}, True),
    "by login name": ("sub", {"sub": "ADA"}, True),
    "by verified address": ("email", {"sub": "x", "email": "Ada@example.org", "email_verified": True}, True),
    "by an address not verified": ("email", {"sub": "ID", "email": EMAIL}, False),
    "by an address that is a name": ("email", {"sub": "x", "email": "ada", "email_verified": True}, False),
    "by name": ("name", {"sub": "x", "preferred_username": "ada"}, True),
    "by a name that is an address": ("name", {"sub": "x", "preferred_username": EMAIL}, False),
    "by a name that is missing": ("name", {"sub": "ada"}, False),
}


@pytest.mark.parametrize(("how", "claims", "known"), MAPPED.values(), ids=list(MAPPED))
def test_a_subject_from_abroad_is_whom_the_operator_says(
    server: Server, ada: Any, first: Made, how: str, claims: dict[str, Any], known: bool
) -> None:
    abroad = Abroad("https://mapped.example")
    abroad.trusted_by(server, subject=how)
    claims = {name: ada.id if value == "ID" else value for name, value in claims.items()}
    for reply in (
        swap(server, first, abroad.sign(server.issuer, **claims), subject_token_type=JWT),
        assert_jwt(server, first, abroad.sign(server.issuer, **claims)),
    ):
        assert (reply.status == 200) is known, reply.body
        if known:
            assert claims_of(made(reply))["user_id"] == ada.id
    abroad.forgotten_by(server)


def test_a_subject_that_is_no_user_acts_for_nobody_of_ours(server: Server, ada: Any, first: Made) -> None:
    abroad = Abroad("https://machines.example")
    abroad.trusted_by(server, subject="none", audiences=("sts",))
    token = made(swap(server, first, abroad.sign("sts", ada.id), subject_token_type=JWT))
    assert claims_of(token)["sub"] == f"https://machines.example#{ada.id}"
    assert "user_id" not in claims_of(token)
    assert server.is_active(token, first)
    assert server.get("/userinfo", bearer=token).status == 401  # it is for none of our own endpoints
    assert assert_jwt(server, first, abroad.sign("sts")).error == "invalid_grant"  # an assertion is for us alone
    owned = service(server, None, A, B, owner=ada.id)
    assert "user_id" not in claims_of(made(swap(server, owned, abroad.sign("sts"), subject_token_type=JWT)))


def test_the_scope_of_a_token_from_abroad_bounds_what_comes_of_it(server: Server, ada: Any) -> None:
    abroad = Abroad("https://scoped.example")
    abroad.trusted_by(server)
    gate = service(server, None, A, B, scopes=("read", "write"))
    narrow = swap(server, gate, abroad.sign(server.issuer, scope="read admin"), subject_token_type=JWT)
    assert narrow.json()["scope"] == "read"
    assert swap(server, gate, abroad.sign(server.issuer), subject_token_type=JWT).json()["scope"] == "read write"
    assert assert_jwt(server, gate, abroad.sign(server.issuer), scope="write").json()["scope"] == "write"


def test_an_assertion_from_before_a_logins_were_ended_is_worth_nothing(server: Server, first: Made) -> None:
    abroad = Abroad("https://before.example")
    abroad.trusted_by(server)
    eve = server.user_add("eve@example.org", PASSWORD)
    early = abroad.sign(server.issuer, eve.email, iat=int(time.time()) - 20)
    server.user_edit(eve, not_before=int(time.time() * 1000) - 5000)
    assert assert_jwt(server, first, early).error == "invalid_grant"
    assert assert_jwt(server, first, abroad.sign(server.issuer, eve.email)).status == 200


def test_keys_are_found_by_discovery_and_an_issuer_that_is_away_is_said(
    server: Server, ada: Any, first: Made, tiny: TinyIssuer
) -> None:
    async def add(engine: Any) -> Any:
        return await trust.add_issuer(engine, ACTOR, engine.issuer, tiny.url)

    row = server.operate(add)
    assert row.jwks_uri.startswith(tiny.url)
    token = tiny.token(aud=server.issuer, sub=EMAIL)
    assert made(swap(server, first, token, subject_token_type=JWT))
    gone = Abroad("https://away.example")
    gone.trusted_by(server)

    async def point(engine: Any) -> None:
        await trust.remove(engine, ACTOR, await trust.find(engine, engine.issuer, gone.url))
        made_now = trust.Trust("away", "main", "issuer", gone.url, gone.url, jwks_uri="https://127.0.0.1:9/keys")
        await engine.store.add_trust(made_now)

    server.operate(point)
    reply = swap(server, first, gone.sign(server.issuer), subject_token_type=JWT)
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")


def test_the_audit_log_says_of_whose_token_and_who_acts(server: Server, ada: Any, portal: Made, first: Made) -> None:
    made(swap(server, first, log_in(server, portal), server.token(first)))

    async def rows(engine: Any) -> Any:
        return await engine.store.audit(client="first", user=ada.id, event="token", limit=500)

    deadline = time.monotonic() + 5
    wanted = {"of": server.issuer, "actor": "first"}
    while not any(row.detail == wanted and row.grant == EXCHANGE for row in server.operate(rows)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_only_access_tokens_come_of_it_and_discovery_says_that_they_do(
    server: Server, portal: Made, first: Made
) -> None:
    for name in ("refresh_token", "id_token", "jwt", "saml2"):
        reply = swap(server, first, log_in(server, portal), requested_token_type=token_exchange.type_uri(name))
        assert reply.error == "invalid_request"
    assert swap(server, first, log_in(server, portal), requested_token_type=ACCESS_TOKEN).status == 200
    listed = server.get("/.well-known/openid-configuration").json()["grant_types_supported"]
    assert {EXCHANGE, BEARER} <= set(listed)
    for missing in ("subject_token", "subject_token_type"):
        fields: dict[str, Any] = {missing: None}
        assert swap(server, first, log_in(server, portal), **fields).error == "invalid_request"
    assert swap(server, first, log_in(server, portal), actor_token_type=ACCESS_TOKEN).error == "invalid_request"
