"""npm's openid-client, as it is, at our server: it registers itself and goes every way that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lychgate.oauth import jose
from lychgate.server.engine import MAIN
from lychgate.server.model import User
from lychgate.server.programs import clients
from support.abroad import Abroad
from support.realm import realm_add
from support.relying_js import EMAIL, PASSWORD, Failed, RelyingScript
from support.server import ACTOR, Server, running
from support.swap import BEARER, EXCHANGE

TOML = 'registration_scopes = ["read"]\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("openid-client") / "data", toml=TOML) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> User:
    return server.user_add(EMAIL, PASSWORD)


@pytest.fixture
def script(server: Server) -> Iterator[RelyingScript]:
    made = RelyingScript(server, "openid-client")
    yield made
    made.close()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"])
def test_a_login_is_checked_read_refreshed_introspected_and_revoked(
    script: RelyingScript, ada: User, method: str
) -> None:
    found = script.play("code", method=method)
    assert (found["sub"], found["email"], found["rotated"]) == (ada.id, EMAIL, True)
    assert (found["before"], found["after"]) == (True, False)
    assert 800 < found["expires"] <= 900


def test_a_realm_is_an_issuer_for_it_too(script: RelyingScript, ada: User, server: Server) -> None:
    script.issuer = realm_add(server, "compute").issuer
    found = script.play("code")
    assert (found["email"], found["before"], found["after"]) == (EMAIL, True, False)
    assert script.visited[0].startswith(script.issuer)


def test_a_request_is_pushed(script: RelyingScript, ada: User) -> None:
    found = script.play("par")
    assert set(found["asked"]) == {"client_id", "request_uri"}
    assert found["sub"] == ada.id


def bound(script: RelyingScript) -> None:
    found = script.play("dpop")
    assert set(found.pop("asked")) == {"client_id", "request_uri"}
    assert found == {
        "types": ["dpop", "dpop"],  # it writes them in lower case
        "emails": [EMAIL, EMAIL],
        "stolen": "invalid_grant",
    }


def test_everything_is_bound_to_its_key_from_the_push_on(script: RelyingScript, ada: User) -> None:
    bound(script)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose proofs must hold a nonce."""
    with running(tmp_path_factory.mktemp("strict") / "data", toml=TOML + "dpop_nonce = true\n") as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture
def wary(strict: Server) -> Iterator[RelyingScript]:
    made = RelyingScript(strict, "openid-client")
    yield made
    made.close()


def test_its_proofs_hold_the_nonces_that_we_give(wary: RelyingScript) -> None:
    bound(wary)


def test_a_client_is_held_to_the_fapi_profile_and_keeps_it(wary: RelyingScript, strict: Server) -> None:
    key = jose.generate("ES256")
    bank = strict.client_add(
        methods=["private_key_jwt"],
        grants=["authorization_code", "refresh_token", "client_credentials"],
        redirect_uris=("http://127.0.0.1/back",),
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
        extra={"profile": "fapi2", "dpop_bound_access_tokens": True},
    )
    found = wary.play("fapi", client=bank.id, jwk=key.as_dict(private=True))
    assert found == {"bare": "invalid_request", "sub": True, "unbound": "invalid_dpop_proof", "types": ["dpop"] * 3}


def test_a_request_is_signed_and_the_code_redeemed_by_a_key(script: RelyingScript, ada: User) -> None:
    found = script.play("jar")
    assert set(found["asked"]) == {"client_id", "request"}
    assert found["sub"] == ada.id


def test_a_device_is_confirmed(script: RelyingScript, ada: User) -> None:
    assert script.play("device") == {"sub": ada.id, "email": EMAIL}


def test_a_robot_registers_by_an_initial_access_token_and_proves_itself_by_a_key(
    script: RelyingScript, server: Server
) -> None:
    initial = server.operate(lambda engine: clients.let_register(engine, ACTOR, MAIN, 1, 3600))
    assert script.play("robot", initial=initial) == {"type": "bearer", "scope": "read", "client": True}


def test_a_service_exchanges_tokens_and_gives_what_a_trusted_issuer_signed(
    script: RelyingScript, ada: User, server: Server
) -> None:
    portal = server.client_add(grants=["password"], audiences=("https://a.example",))
    token = server.token(portal, grant_type="password", username=EMAIL, password=PASSWORD)
    service = server.client_add(
        grants=["client_credentials", EXCHANGE, BEARER],
        audiences=("https://b.example",),
        resources=("https://a.example",),
    )
    abroad = Abroad()
    abroad.trusted_by(server)
    given = {"client": service.id, "secret": service.secret, "audience": "https://b.example"}
    found = script.play("exchange", subject=token, assertion=abroad.sign(server.issuer), **given)
    assert found == {"type": True, "act": {"sub": service.id}, "sub": ada.id, "other": "bearer"}


def test_a_person_logs_out_there_and_comes_back(script: RelyingScript, ada: User) -> None:
    found = script.play("logout")
    assert found == {"state": "bye", "silent": "login_required"}


def test_a_refusal_and_a_dead_refresh_token_are_errors_that_it_names(script: RelyingScript, ada: User) -> None:
    script.answer = "refuse"
    with pytest.raises(Failed) as caught:
        script.play("refused")
    assert caught.value.told["error"] == "access_denied"
    with pytest.raises(Failed) as caught:
        script.play("badRefresh")
    assert (caught.value.told["error"], caught.value.told["status"]) == ("invalid_grant", 400)
