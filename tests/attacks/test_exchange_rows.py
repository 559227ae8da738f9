"""The rows of bad input that token exchange (RFC 8693) and the JWT bearer grant (RFC 7523) meet, over real sockets."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.server.trusted import trust
from support.abroad import Abroad
from support.app import added
from support.relying import EMAIL, PASSWORD
from support.server import ACTOR, Made, Reply, Server, poll, running
from support.swap import ACCESS_TOKEN, BEARER, EXCHANGE, ID_TOKEN, JWT, TOKEN, assert_jwt, form, swap

A, B, GONE = "https://a.example", "https://b.example", "https://gone.example"
BOTH = (EXCHANGE, BEARER)
Way = Callable[..., Reply]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("swapped"), toml='log_level = "debug"\n') as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def abroad(server: Server) -> Abroad:
    made = Abroad()
    made.trusted_by(server)
    return made


@pytest.fixture(scope="module")
def portal(server: Server) -> Made:
    return server.client_add("portal", grants=["password"], scopes=("read", "write"), audiences=(A,))


def gate_of(server: Server, **more: Any) -> Made:
    """A service that is called with tokens for A, and calls B with those that it gets for them."""
    usual = {"grants": ["client_credentials", *BOTH], "scopes": ("read",), "audiences": (B,), "resources": (A,)}
    return server.client_add(**(usual | more))


@pytest.fixture(scope="module")
def gate(server: Server, abroad: Abroad) -> Made:
    return gate_of(server, id="gate", audiences=(B, GONE))


def log_in(server: Server, portal: Made, email: str = EMAIL, **more: str) -> str:
    return server.token(portal, grant_type="password", username=email, password=PASSWORD, **more)


def ways(server: Server, abroad: Abroad, email: str, own: str) -> dict[str, Callable[[Made], Reply]]:
    """Each way to a token for a person: by a token of ours, as actor, by one from abroad, by an assertion."""
    assertion = abroad.sign(server.issuer, email)
    return {
        "own": lambda by: swap(server, by, own),
        "actor": lambda by: swap(server, by, server.token(by), own),
        "foreign": lambda by: swap(server, by, assertion, subject_token_type=JWT),
        "foreign actor": lambda by: swap(server, by, server.token(by), assertion, actor_token_type=JWT),
        "assertion": lambda by: assert_jwt(server, by, assertion),
    }


# --- 5, 38: parameters and gates


@pytest.mark.parametrize(
    "name", ["subject_token", "subject_token_type", "actor_token", "requested_token_type", "assertion"]
)
def test_row_5_a_parameter_that_stands_twice(server: Server, gate: Made, name: str) -> None:
    grant = BEARER if name == "assertion" else EXCHANGE
    reply = server.post(TOKEN, {"grant_type": grant, name: ["a", "b"]}, basic=gate.pair)
    assert (reply.status, reply.error) == (400, "invalid_request")


@pytest.mark.parametrize("grant", BOTH)
def test_row_38_only_a_client_that_is_registered_for_it_and_in_its_own_spelling(
    server: Server, portal: Made, gate: Made, abroad: Abroad, grant: str
) -> None:
    token, assertion = log_in(server, portal), abroad.sign(server.issuer)
    fields = form(token) | {"grant_type": grant, "assertion": assertion}
    assert server.post(TOKEN, fields, basic=portal.pair).error == "unauthorized_client"
    for spelled in (grant.upper(), grant.rpartition(":")[2], f"{grant} client_credentials"):
        reply = server.post(TOKEN, fields | {"grant_type": spelled}, basic=gate.pair)
        assert (reply.status, reply.error) == (400, "unsupported_grant_type")
    facade = server.post("/api/v1/auth/jwt/token", fields, basic=gate.pair)
    assert facade.status in (400, 401)


def test_row_38_a_public_client_exchanges_nothing(server: Server) -> None:
    with pytest.raises(Exception, match="not for a public client"):
        server.client_add("open", methods=["none"], grants=[EXCHANGE])


def test_row_28_no_program_registers_itself_for_them(server: Server) -> None:
    async def token(engine: Any) -> str:
        from lychgate.server.programs import clients

        return str(await clients.let_register(engine, ACTOR, engine.issuer.id, 5, 600))

    initial = server.operate(token)
    for grant in BOTH:
        body = json.dumps({"grant_types": [grant]}).encode()
        kind = {"Content-Type": "application/json"}
        reply = server.call("POST", "/oauth2/register", body=body, headers=kind, bearer=initial)
        assert reply.status in (400, 401, 403)


# --- 11: whoever may have no tokens


def test_row_11_a_disabled_user_gets_nothing_by_any_of_them(
    server: Server, portal: Made, gate: Made, abroad: Abroad
) -> None:
    user = server.user_add("eve@example.org", PASSWORD)
    found = ways(server, abroad, user.email, log_in(server, portal, user.email))
    held = swap(server, gate, log_in(server, portal, user.email)).json()["access_token"]
    assert server.is_active(held, gate)
    server.user_edit(user, active=False)
    poll(lambda: not server.is_active(held, gate))
    answers = {name: (reply.status, reply.error) for name, reply in ((name, way(gate)) for name, way in found.items())}
    assert answers == dict.fromkeys(found, (400, "invalid_grant"))


def test_row_11_a_disabled_client_gets_nothing_by_any_of_them_and_its_tokens_die(
    server: Server, portal: Made, abroad: Abroad
) -> None:
    gone = gate_of(server)
    own = log_in(server, portal)
    held = swap(server, gone, own).json()["access_token"]
    actor = server.token(gone)
    server.client_edit(gone, active=False)
    poll(lambda: swap(server, gone, own).status == 401)
    for reply in (swap(server, gone, own, actor), assert_jwt(server, gone, abroad.sign(server.issuer))):
        assert (reply.status, reply.error) == (401, "invalid_client")
    other = gate_of(server, resources=(B,))
    assert not server.is_active(held, other)


def test_row_11_an_owner_who_is_disabled_takes_the_clients_own_tokens_along(server: Server) -> None:
    user = server.user_add("owner@example.org", PASSWORD)
    robot = server.client_add(owner=user.id, audiences=(A,))
    gate = gate_of(server)
    token = server.token(robot)
    claims = claims_of(swap(server, gate, token).json()["access_token"])
    assert (claims["sub"], claims["user_id"]) == (robot.id, user.id)
    server.user_edit(user, active=False)
    poll(lambda: swap(server, gate, token).error == "invalid_grant")


def test_rows_11_and_15_a_token_that_was_revoked_is_exchanged_no_more_and_a_login_takes_all_along(
    server: Server, gate: Made
) -> None:
    app = server.client_add(grants=["password", "refresh_token"], audiences=(A,))
    fields = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
    held = server.post(TOKEN, fields, basic=app.pair).json()
    made = swap(server, gate, held["access_token"]).json()["access_token"]
    assert server.is_active(made, gate)
    server.post("/oauth2/revoke", {"token": held["refresh_token"]}, basic=app.pair)
    reply = swap(server, gate, held["access_token"])
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert not server.is_active(made, gate)


# --- 13: whom a token is for


def test_row_13_a_token_that_is_for_somebody_else_is_not_exchanged(server: Server, portal: Made) -> None:
    stranger = gate_of(server, resources=())
    reply = swap(server, stranger, log_in(server, portal))
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert swap(server, stranger, server.token(stranger), log_in(server, portal)).error == "invalid_request"


# --- 16 to 20, 45: tokens that are none


def claims_of(token: str) -> dict[str, Any]:
    return jose.peek(token)[1]


def respelled(token: str, header: dict[str, Any] | None = None, keep: bool = True, **claims: Any) -> str:
    head, body = jose.peek(token)
    parts = [_b64(head | (header or {})), _b64(body | claims), token.rpartition(".")[2] if keep else ""]
    return ".".join(parts)


def _b64(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def hmac_with(server: Server, token: str) -> str:
    jwk = server.get("/jwks").json()["keys"][0]
    return jose.sign({"alg": "HS256", "typ": "at+jwt"}, claims_of(token), jose.import_key(json.dumps(jwk)))


SPOILT: dict[str, Callable[[Server, str], str]] = {
    "no signature": lambda server, token: respelled(token, {"alg": "none"}, keep=False),
    "none in odd case": lambda server, token: respelled(token, {"alg": "nOnE"}, keep=False),
    "hmac with the public key": hmac_with,
    "a key in the header": lambda server, token: respelled(token, {"jwk": {"kty": "EC"}}),
    "a URL of keys": lambda server, token: respelled(token, {"jku": "https://evil.example/keys"}),
    "another kid": lambda server, token: respelled(token, {"kid": "../../etc/passwd"}),
    "crit": lambda server, token: respelled(token, {"crit": ["bork"]}),
    "not encoded": lambda server, token: respelled(token, {"b64": False}),
    "another subject": lambda server, token: respelled(token, sub="somebody"),
    "a name twice": lambda server, token: ".".join(
        [_b64({"alg": "ES256"}), base64.urlsafe_b64encode(b'{"iss":"a","iss":"b"}').decode().rstrip("="), "AA"]
    ),
    "an issuer with a slash": lambda server, token: respelled(token, iss=server.issuer + "/"),
    "an issuer that is no text": lambda server, token: respelled(token, iss=[server.issuer]),
    "not a JWT": lambda server, token: "hello",
    "five parts": lambda server, token: token + ".a.b",
    "one of 60 kB": lambda server, token: token + "a" * 60_000,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_rows_16_to_20_and_26_what_is_no_token_is_refused_as_subject_actor_and_assertion(
    server: Server, portal: Made, gate: Made, abroad: Abroad, spoil: Callable[[Server, str], str]
) -> None:
    bad, good = spoil(server, log_in(server, portal)), server.token(gate)
    began = time.monotonic()
    for reply in (swap(server, gate, bad), swap(server, gate, good, bad)):
        assert (reply.status, reply.error) in ((400, "invalid_request"), (413, "invalid_request"))
    foreign = spoil(server, abroad.sign(server.issuer))
    for kind in (ACCESS_TOKEN, JWT):
        assert swap(server, gate, foreign, subject_token_type=kind).error == "invalid_request"
    assert assert_jwt(server, gate, foreign).error in ("invalid_grant", "invalid_request")
    assert time.monotonic() - began < 10


def test_row_19_a_token_of_another_kind_is_no_subject(server: Server, portal: Made, gate: Made, abroad: Abroad) -> None:
    held = added(server, audiences=(A,)).by("code")
    assert swap(server, gate, held["id_token"]).error == "invalid_request"  # an ID token said to be an access token
    assert swap(server, gate, held["id_token"], subject_token_type=ID_TOKEN).error == "invalid_request"  # another's
    assert swap(server, gate, held["access_token"], subject_token_type=ID_TOKEN).error == "invalid_request"
    assert swap(server, gate, held["refresh_token"]).error == "invalid_request"
    for kind in ("refresh_token", "saml2", "x"):
        uri = f"urn:ietf:params:oauth:token-type:{kind}"
        assert swap(server, gate, held["refresh_token"], subject_token_type=uri).error == "invalid_request"
    for typ in ("logout+jwt", "dpop+jwt", "oauth-authz-req+jwt"):
        foreign = abroad.sign(server.issuer, header={"typ": typ})
        assert swap(server, gate, foreign, subject_token_type=JWT).error == "invalid_request"
        assert assert_jwt(server, gate, foreign).error == "invalid_grant"
    for kind in ("Refresh", "Logout", "Offline"):
        assert (
            swap(server, gate, abroad.sign(server.issuer, typ=kind), subject_token_type=JWT).error == "invalid_request"
        )


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "no exp": {"exp": None},
    "expired": {"exp": NOW - 100},
    "not yet": {"nbf": NOW + 9000},
    "from the future": {"iat": NOW + 9000},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject of 300 characters": {"sub": "a" * 300},
    "a number for a subject": {"sub": 7},
    "an unknown subject": {"sub": "nobody@example.org"},
    "SQL for a subject": {"sub": "' OR 1=1 --"},
    "a NUL in the subject": {"sub": "ada@example.org\0"},
    "half a character": {"sub": "\ud800"},
    "endless": {"exp": 1e300},
    "a client's own token": {"client_id": EMAIL},
    "by another key": {"key": jose.generate("ES256")},
}
FOR_ASSERTIONS: dict[str, dict[str, Any]] = {
    "exp in a day": {"exp": NOW + 86_400},
    "no jti": {"jti": None},
    "a jti of 300 characters": {"jti": "a" * 300},
    "for another, too": {"aud": ["ISSUER", "https://other.example"]},
}


@pytest.mark.parametrize("bad", WRONG.values(), ids=list(WRONG))
def test_rows_20_22_and_41_a_foreign_token_that_says_what_it_must_not(
    server: Server, gate: Made, abroad: Abroad, bad: dict[str, Any]
) -> None:
    token = abroad.sign(server.issuer, **({"sub": EMAIL} | bad))
    assert (swap(server, gate, token, subject_token_type=JWT).error) == "invalid_request"
    assert assert_jwt(server, gate, token).error == "invalid_grant"


@pytest.mark.parametrize("bad", FOR_ASSERTIONS.values(), ids=list(FOR_ASSERTIONS))
def test_row_22_an_assertion_is_short_for_us_alone_and_for_once(
    server: Server, gate: Made, abroad: Abroad, bad: dict[str, Any]
) -> None:
    aud = bad.get("aud", server.issuer)
    aud = [server.issuer if one == "ISSUER" else one for one in aud] if isinstance(aud, list) else aud
    assertion = abroad.sign(aud, **{name: value for name, value in bad.items() if name != "aud"})
    assert assert_jwt(server, gate, assertion).error == "invalid_grant"


@pytest.mark.parametrize("aud", ["https://other.example", "", [], None, 7, {}])
def test_row_20_a_foreign_token_for_others_is_not_for_us(server: Server, gate: Made, abroad: Abroad, aud: Any) -> None:
    token = abroad.sign(aud)
    assert swap(server, gate, token, subject_token_type=JWT).error == "invalid_request"
    assert assert_jwt(server, gate, token).error == "invalid_grant"


def test_row_21_an_assertion_is_used_once_by_50_at_once(server: Server, gate: Made, abroad: Abroad) -> None:
    assertion = abroad.sign(server.issuer)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: assert_jwt(server, gate, assertion), range(50)))
    assert sorted(reply.status for reply in replies) == [200] + [400] * 49
    assert {reply.error for reply in replies if reply.status != 200} == {"invalid_grant"}


def test_row_45_a_foreign_subject_or_actor_without_a_row_of_trust(server: Server, gate: Made) -> None:
    stranger = Abroad("https://stranger.example")
    token = stranger.sign(server.issuer)
    for kind in (ACCESS_TOKEN, ID_TOKEN, JWT):
        reply = swap(server, gate, token, subject_token_type=kind)
        assert (reply.status, reply.error) == (400, "invalid_request")
        reply = swap(server, gate, server.token(gate), token, actor_token_type=kind)
        assert (reply.status, reply.error) == (400, "invalid_request")
    assert assert_jwt(server, gate, token).error == "invalid_grant"
    stranger.trusted_by(server, clients=("somebody-else",))
    assert swap(server, gate, token, subject_token_type=JWT).error == "invalid_request"
    stranger.forgotten_by(server)
    stranger.trusted_by(server)
    assert swap(server, gate, token, subject_token_type=JWT).status == 200
    stranger.forgotten_by(server)
    assert swap(server, gate, token, subject_token_type=JWT).error == "invalid_request"


def test_row_27_the_keys_of_whom_we_trust_are_not_fetched_from_within(server: Server) -> None:
    async def add(engine: Any) -> None:
        await trust.add_issuer(
            engine, ACTOR, engine.issuer, "https://x.example", jwks_uri="https://169.254.169.254/keys"
        )

    with pytest.raises(Exception, match="inner address"):
        server.operate(add)


# --- 25, 37: leaks and transports


def test_rows_25_and_37_nothing_that_is_handed_over_reaches_the_log_or_comes_by_another_way(
    server: Server, portal: Made, gate: Made, abroad: Abroad
) -> None:
    token, assertion = log_in(server, portal), abroad.sign(server.issuer)
    made = swap(server, gate, token).json()["access_token"]
    swap(server, gate, respelled(token, sub="x"))
    assert_jwt(server, gate, assertion + "x")
    assert server.post(f"{TOKEN}?subject_token={token}", form(token), basic=gate.pair).error == "invalid_request"
    body = json.dumps(form(token)).encode()
    reply = server.call("POST", TOKEN, body=body, headers={"Content-Type": "application/json"}, basic=gate.pair)
    assert reply.status == 415
    text = "\n".join(server.said)
    for hidden in (token, assertion, made, gate.secret):
        assert hidden not in text
        assert hidden.rpartition(".")[2] not in text


# --- 40, 44, 48: targets, scopes


@pytest.mark.parametrize("name", ["resource", "audience"])
@pytest.mark.parametrize("uri", [A, "https://other.example", f"{B}#part", "not a uri", "b", "portal", "' OR 1=1 --"])
def test_rows_40_and_44_only_what_the_client_may_call_is_a_target(
    server: Server, portal: Made, gate: Made, abroad: Abroad, name: str, uri: str
) -> None:
    reply = swap(server, gate, log_in(server, portal), **{name: uri})
    assert (reply.status, reply.error) == (400, "invalid_target")
    both: dict[str, Any] = {name: [B, uri]}
    assert swap(server, gate, log_in(server, portal), **both).error == "invalid_target"
    if name == "resource":
        assert assert_jwt(server, gate, abroad.sign(server.issuer), resource=uri).error == "invalid_target"


def test_row_40_our_own_endpoints_are_reached_by_nobody_whose_token_did_not(
    server: Server, portal: Made, gate: Made, abroad: Abroad
) -> None:
    narrow = log_in(server, portal, resource=A)
    assert swap(server, gate, narrow, audience=server.issuer).error == "invalid_target"
    assert swap(server, gate, abroad.sign(server.issuer), subject_token_type=JWT, audience=server.issuer).error
    made = swap(server, gate, narrow).json()["access_token"]
    assert server.issuer not in claims_of(made)["aud"]
    assert server.get("/userinfo", bearer=made).status == 401
    bare = gate_of(server, audiences=())
    assert swap(server, bare, narrow).error == "invalid_target"


def test_row_40_what_was_disabled_is_no_target(server: Server, portal: Made, gate: Made) -> None:
    serving = server.client_add(resources=(GONE,))
    token = log_in(server, portal)
    assert swap(server, gate, token, audience=GONE).status == 200
    server.client_edit(serving, active=False)
    poll(lambda: swap(server, gate, token, audience=GONE).error == "invalid_target")
    assert claims_of(swap(server, gate, token).json()["access_token"])["aud"] == [server.issuer, B]


def test_rows_10_and_48_the_scope_is_that_of_both_now(server: Server, portal: Made) -> None:
    gate = gate_of(server, scopes=("read", "write"))
    token = log_in(server, portal, scope="read")
    assert swap(server, gate, token).json()["scope"] == "read"
    assert swap(server, gate, token, scope="write").error == "invalid_scope"
    assert swap(server, gate, token, scope="read openid").error == "invalid_scope"
    server.client_edit(gate, scopes=("write",))
    poll(lambda: "scope" not in swap(server, gate, token).json())
    assert swap(server, gate, token, scope="read").error == "invalid_scope"
