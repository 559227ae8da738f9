"""npm's oauth4webapi, as it is, at our server: it checks each answer by itself, and access tokens as an API would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lychgate.server.engine import MAIN
from lychgate.server.model import User
from lychgate.server.programs import clients
from support.relying_js import EMAIL, PASSWORD, Failed, RelyingScript
from support.server import ACTOR, Server, running

TOML = 'registration_scopes = ["read"]\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("oauth4webapi") / "data", toml=TOML) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> User:
    return server.user_add(EMAIL, PASSWORD)


@pytest.fixture
def script(server: Server) -> Iterator[RelyingScript]:
    made = RelyingScript(server, "oauth4webapi")
    yield made
    made.close()


@pytest.mark.parametrize(("algorithm", "alg"), [("oidc", "RS256"), ("oauth2", "ES256")])
def test_a_login_is_checked_read_refreshed_introspected_and_revoked(
    script: RelyingScript, ada: User, algorithm: str, alg: str
) -> None:
    found = script.play("code", algorithm=algorithm, alg=alg)
    assert found == {"sub": ada.id, "email": EMAIL, "before": True, "after": False}


def test_a_request_is_pushed(script: RelyingScript, ada: User) -> None:
    assert script.play("par") == {"sub": ada.id}
    assert "request_uri=urn" in script.visited[0]


def test_a_device_is_confirmed(script: RelyingScript, ada: User) -> None:
    assert script.play("device") == {"sub": ada.id}


def test_a_key_brings_a_token_that_it_accepts_as_an_api(script: RelyingScript, server: Server) -> None:
    initial = server.operate(lambda engine: clients.let_register(engine, ACTOR, MAIN, 1, 3600))
    assert script.play("robot", initial=initial) == {"scope": "read", "client": True}


def test_a_refusal_is_an_error_that_it_names(script: RelyingScript, ada: User) -> None:
    script.answer = "refuse"
    with pytest.raises(Failed) as caught:
        script.play("refused")
    assert caught.value.told["error"] == "access_denied"
