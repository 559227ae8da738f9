"""Tokens bound to a key by DPoP (RFC 9449): each grant, refresh, introspection, PAR, nonces, our own endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.kernel.challenge import parse_challenges
from lychgate.oauth import jose, pkce
from lychgate.oauth.device import GRANT as DEVICE
from lychgate.oauth.token_exchange import ACCESS_TOKEN
from lychgate.oauth.token_exchange import GRANT as EXCHANGE
from support.dpop import Holder
from support.person import PersonAtBrowser
from support.realm import realm_add
from support.relying import finish, relying
from support.server import Made, Reply, Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2"
BACK = "http://127.0.0.1:8888"
VERIFIER = "v" * 43
TOKEN, PAR = "/oauth2/token", "/oauth2/par"
GRANTS = ["authorization_code", "refresh_token", DEVICE]
ROBOT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("dpop") / "data", toml="grace = 60\n") as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add(grants=["client_credentials", "password", "refresh_token"], scopes=("read",))


@pytest.fixture(scope="module")
def app(server: Server) -> Made:
    return server.client_add(methods=["none"], grants=GRANTS, redirect_uris=(BACK,), scopes=("read",))


def claims_of(token: str) -> dict[str, Any]:
    return jose.peek(token)[1]


def code_of(server: Server, app: Made, **asked: str) -> str:
    """What a person's login gives."""
    fields = {
        "response_type": "code",
        "client_id": app.id,
        "redirect_uri": BACK,
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    wanted = asked if "request_uri" in asked else fields | asked
    person = PersonAtBrowser(server.url).open(f"{server.url}/oauth2/authorize?{urlencode(wanted)}")
    found = finish(person).params
    person.close()
    return found["code"]


def redemption(app: Made, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": app.id,
    }


def refresh(app: Made, reply: Reply) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": reply.json()["refresh_token"], "client_id": app.id}


def test_a_robots_token_is_bound_to_the_key_of_its_proof(server: Server, robot: Made) -> None:
    holder = Holder()
    reply = holder.post(server, TOKEN, ROBOT, basic=robot.pair)
    assert (reply.status, reply.json()["token_type"]) == (200, "DPoP")
    assert claims_of(reply.json()["access_token"])["cnf"] == {"jkt": holder.jkt}
    told = server.post("/oauth2/introspect", {"token": reply.json()["access_token"]}, basic=robot.pair).json()
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", {"jkt": holder.jkt})
    plain = server.post(TOKEN, ROBOT, basic=robot.pair).json()
    assert plain["token_type"] == "Bearer"
    assert "cnf" not in claims_of(plain["access_token"])


@pytest.mark.parametrize("alg", ["RS256", "EdDSA"])
def test_keys_of_other_kinds_bind_too(server: Server, robot: Made, alg: str) -> None:
    holder = Holder(jose.generate(alg))
    assert holder.post(server, TOKEN, ROBOT, basic=robot.pair).json()["token_type"] == "DPoP"


def test_a_public_clients_login_is_bound_through_code_refresh_and_userinfo(server: Server, app: Made) -> None:
    holder, thief = Holder(), Holder()
    first = holder.post(server, TOKEN, redemption(app, code_of(server, app, scope="openid read")))
    assert (first.status, first.json()["token_type"]) == (200, "DPoP")
    assert holder.get(server, "/userinfo", first.json()["access_token"]).status == 200
    stolen = refresh(app, first)
    assert thief.post(server, TOKEN, stolen).error == "invalid_grant"
    assert server.post(TOKEN, stolen).error == "invalid_grant"
    second = holder.post(server, TOKEN, stolen)
    assert claims_of(second.json()["access_token"])["cnf"] == {"jkt": holder.jkt}
    assert second.json()["refresh_token"] != first.json()["refresh_token"]


def test_a_confidential_client_may_change_its_key_with_a_refresh(server: Server, robot: Made) -> None:
    login = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
    first = Holder().post(server, TOKEN, login, basic=robot.pair)
    other = Holder()
    again = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    second = other.post(server, TOKEN, again, basic=robot.pair)
    assert claims_of(second.json()["access_token"])["cnf"] == {"jkt": other.jkt}


def test_a_device_gets_bound_tokens(server: Server, app: Made) -> None:
    started = server.post("/oauth2/device", {"client_id": app.id, "scope": "read"}).json()
    person = PersonAtBrowser(server.url).open(started["verification_uri_complete"])
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).log_in(EMAIL, PASSWORD)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).send({"answer": "allow"})
    holder = Holder()
    form = {"grant_type": DEVICE, "device_code": started["device_code"], "client_id": app.id}
    reply = holder.post(server, TOKEN, form)
    assert (reply.status, reply.json()["token_type"]) == (200, "DPoP")
    assert Holder().post(server, TOKEN, refresh(app, reply)).error == "invalid_grant"


def test_a_token_for_another_is_bound_to_the_key_of_whoever_exchanges(server: Server) -> None:
    service = server.client_add(grants=[EXCHANGE, "client_credentials"], scopes=("read",))
    first, second = Holder(), Holder()
    taken = first.post(server, TOKEN, ROBOT, basic=service.pair).json()["access_token"]
    form = {"grant_type": EXCHANGE, "subject_token": taken, "subject_token_type": ACCESS_TOKEN}
    reply = second.post(server, TOKEN, form, basic=service.pair)
    assert (reply.status, reply.json()["token_type"]) == (200, "DPoP")
    assert claims_of(reply.json()["access_token"])["cnf"] == {"jkt": second.jkt}


def test_a_realms_tokens_are_bound_at_keycloaks_addresses(server: Server) -> None:
    realm = realm_add(server, "compute")
    robot, holder = server.client_add(issuer=realm.id, owner=server.user_add("eve@example.org").id), Holder()
    path = "/realms/compute/protocol/openid-connect"
    reply = holder.post(server, f"{path}/token", ROBOT, basic=robot.pair)
    assert (reply.status, reply.json()["token_type"]) == (200, "DPoP")
    token = reply.json()["access_token"]
    assert claims_of(token)["cnf"] == {"jkt": holder.jkt}
    told = server.post(f"{path}/token/introspect", {"token": token}, basic=robot.pair).json()
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", {"jkt": holder.jkt})
    assert server.get(f"{path}/userinfo", bearer=token).headers["www-authenticate"].startswith("DPoP ")
    assert holder.get(server, f"{path}/userinfo", token).status == 403  # the proof is right; it is no person's token
    assert "dpop_signing_alg_values_supported" in server.get("/realms/compute/.well-known/openid-configuration").json()


def test_a_code_that_names_a_key_is_for_its_holder_alone(server: Server, app: Made) -> None:
    holder = Holder()
    code = code_of(server, app, dpop_jkt=holder.jkt)
    assert Holder().post(server, TOKEN, redemption(app, code)).error == "invalid_grant"
    assert server.post(TOKEN, redemption(app, code)).error == "invalid_grant"
    assert holder.post(server, TOKEN, redemption(app, code)).status == 200


def test_a_push_with_a_proof_binds_the_code(server: Server, app: Made) -> None:
    holder = Holder()
    wanted = {
        "client_id": app.id,
        "response_type": "code",
        "redirect_uri": BACK,
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    assert Holder().post(server, PAR, wanted | {"dpop_jkt": holder.jkt}).error == "invalid_request"
    assert server.post(PAR, wanted | {"dpop_jkt": "short"}).error == "invalid_request"
    pushed = holder.post(server, PAR, wanted)
    assert pushed.status == 201
    code = code_of(server, app, client_id=app.id, request_uri=pushed.json()["request_uri"])
    assert Holder().post(server, TOKEN, redemption(app, code)).error == "invalid_grant"
    assert holder.post(server, TOKEN, redemption(app, code)).status == 200


def test_a_bound_token_is_worth_nothing_without_the_key(server: Server, app: Made) -> None:
    holder = Holder()
    token = holder.post(server, TOKEN, redemption(app, code_of(server, app))).json()["access_token"]
    for reply in (
        server.get("/userinfo", bearer=token),
        holder.get(server, "/userinfo", token, scheme="Bearer"),
        server.get("/userinfo", headers={"Authorization": f"DPoP {token}"}),
        Holder().get(server, "/userinfo", token),
        holder.get(server, "/userinfo", token, holder.proof("POST", server.url + "/userinfo", token)),
        holder.get(server, "/userinfo", token, holder.proof("GET", server.url + "/userinfo")),
        holder.get(server, "/userinfo", token, holder.proof("GET", server.url + "/jwks", token)),
        server.post("/userinfo", {"access_token": token}),
    ):
        assert reply.status == 401
        challenge = parse_challenges([reply.headers["www-authenticate"]])[0]
        assert reply.headers["www-authenticate"].startswith("DPoP ")
        assert (challenge.scheme, challenge.params["algs"].split()[0]) == ("dpop", "ES256")
        assert challenge.params["error"] in ("invalid_token", "invalid_dpop_proof")
    assert holder.get(server, "/userinfo?x=y", token).status == 200


def test_a_token_that_is_not_bound_is_no_dpop_token(server: Server, robot: Made) -> None:
    login = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
    token = server.post(TOKEN, login, basic=robot.pair).json()["access_token"]
    assert server.get("/userinfo", bearer=token).status == 200
    reply = Holder().get(server, "/userinfo", token)
    assert (reply.status, reply.error) == (401, "invalid_token")


def test_the_climate_engine_api_takes_bound_tokens_with_their_proof(server: Server) -> None:
    owned = server.client_add(owner=server.user_add("grace@example.org", PASSWORD).id)
    holder, me = Holder(), "/api/v1/users/me"
    token = holder.post(server, TOKEN, ROBOT, basic=owned.pair).json()["access_token"]
    assert holder.get(server, me, token).status == 200
    assert server.get(me, bearer=token).status == 401
    fresh = holder.post(server, "/api/v1/auth/jwt/token", ROBOT, basic=owned.pair)
    assert fresh.json()["token_type"] == "DPoP"
    assert server.post("/api/v1/auth/jwt/token", ROBOT, basic=owned.pair).json()["token_type"] == "bearer"


def test_a_client_that_has_registered_it_gets_no_other_tokens(server: Server) -> None:
    metadata = {"dpop_bound_access_tokens": True, "grant_types": ["authorization_code", "refresh_token"]}
    party = relying(server, **metadata)
    assert party.about["dpop_bound_access_tokens"] is True
    person = party.visit()
    reply = party.redeem(person)
    assert (reply.status, reply.error) == (400, "invalid_dpop_proof")
    form = {"grant_type": "authorization_code", "code": person.params["code"], "code_verifier": VERIFIER}
    fields = form | {"redirect_uri": party.about["redirect_uris"][0]}
    assert Holder().post(server, TOKEN, fields, basic=party.pair).json()["token_type"] == "DPoP"


def test_discovery_names_the_algorithms(server: Server) -> None:
    found = server.get("/.well-known/oauth-authorization-server").json()["dpop_signing_alg_values_supported"]
    assert {"ES256", "PS256", "EdDSA"} <= set(found)
    assert not [alg for alg in found if alg.startswith("HS") or alg == "none"]


def test_a_server_that_wants_nonces_gives_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("nonce") / "data", toml="dpop_nonce = true\n") as server:
        robot = server.client_add(owner=server.user_add(EMAIL, PASSWORD).id)
        holder = Holder()
        first = holder.post(server, TOKEN, ROBOT, basic=robot.pair)
        assert (first.status, first.error) == (400, "use_dpop_nonce")
        assert holder.nonce
        reply = holder.post(server, TOKEN, ROBOT, basic=robot.pair)
        assert (reply.status, reply.headers["dpop-nonce"]) == (200, holder.nonce)
        token = reply.json()["access_token"]
        assert holder.get(server, "/api/v1/users/me", token).status == 200
        holder.nonce = "one that I made up"
        refused = holder.get(server, "/api/v1/users/me", token)
        assert (refused.status, parse_challenges([refused.headers["www-authenticate"]])[0].params["error"]) == (
            401,
            "use_dpop_nonce",
        )
        assert holder.get(server, "/api/v1/users/me", token).status == 200
        assert server.post(TOKEN, ROBOT, basic=robot.pair).json()["token_type"] == "Bearer"
