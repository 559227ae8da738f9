"""The client half against the server half, on real sockets: every way to say who it is, every way to renew."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.password import Password
from lychgate.issuer import discovery
from lychgate.kernel.errors import LoginDead, Refused
from lychgate.oauth import jose
from support.callers import Caller
from support.server import Made, Server, poll, running

SECRETS = ["client_secret_basic", "client_secret_post", "client_secret_jwt"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("data")) as made:
        made.user_add("ada@example.org", "hunter2")
        yield made


def source(server: Server, made: Made, where: str, **more: Any) -> ClientCredentials:
    found = {"issuer": server.issuer} if where == "by discovery" else {"token_endpoint": server.url + "/oauth2/token"}
    return ClientCredentials(**{**found, "client_id": made.id, "client_secret": made.secret, **more})


@pytest.mark.parametrize("where", ["by discovery", "by address"])
@pytest.mark.parametrize("method", SECRETS)
def test_a_robot_gets_tokens_by_each_method_of_a_secret(server: Server, method: str, where: str) -> None:
    discovery.forget()
    made = server.client_add(methods=(method,), scopes=("read",))
    caller = Caller(source(server, made, where, method=method, scope="read"))
    assert server.is_active(caller.token(), server.client_add(resources=(server.issuer,)))
    assert caller.auth.current().scope == ("read",)  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("where", ["by discovery", "by address"])
@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_a_robot_gets_tokens_by_its_private_key(server: Server, alg: str, where: str) -> None:
    key = jose.generate(alg)
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    made = server.client_add(methods=("private_key_jwt",), jwks=jwks, alg=alg)
    pem = key.as_pem(private=True).decode()  # type: ignore[union-attr]  # it is asymmetric
    caller = Caller(source(server, made, where, client_secret=None, private_key=pem))
    for _ in range(3):
        assert caller.token()
        caller.world.run(caller.auth.forget())


def test_a_wrong_secret_is_refused_in_the_servers_words(server: Server) -> None:
    made = server.client_add()
    with pytest.raises(Refused) as caught:
        Caller(source(server, made, "by address", client_secret="wrong-secret")).token()
    assert (caught.value.error, caught.value.status) == ("invalid_client", 401)
    assert "wrong-secret" not in str(caught.value)


def password(server: Server, made: Made) -> Password:
    return Password(
        issuer=server.issuer,
        client_id=made.id,
        client_secret=made.secret,
        username="ada@example.org",
        password="hunter2",
    )


def test_a_login_rotates_and_a_stampede_rotates_once(server: Server, tmp_path: Path) -> None:
    made = server.client_add(grants=("password", "refresh_token"), lifetime=1)
    caller = Caller(password(server, made), tmp_path)
    first = caller.world.run(caller.auth.token())
    assert first.refresh is not None
    poll(lambda: first.valid_for() < 0)
    ready = threading.Barrier(30)

    def call() -> str:
        ready.wait(20)
        return caller.token()

    with ThreadPoolExecutor(30) as pool:
        assert len({each.result(30) for each in [pool.submit(call) for _ in range(30)]}) == 1
    second = caller.auth.renewal.token
    assert second is not None
    assert second.refresh not in (None, first.refresh)
    again = caller.world.run(caller.auth.source.renew(first))  # within the grace window: the same successor
    assert again.refresh == second.refresh


def test_a_login_that_was_stolen_and_used_is_dead(server: Server) -> None:
    made = server.client_add(grants=("password", "refresh_token"))
    login = password(server, made)
    caller = Caller(login)
    first = caller.world.run(login.obtain())
    token = first
    for _ in range(3):
        token = caller.world.run(login.renew(token))
    with pytest.raises(LoginDead):
        caller.world.run(login.refresh(first))  # older than the last but one
    with pytest.raises(LoginDead):
        caller.world.run(login.refresh(token))
    assert caller.world.run(login.renew(token)).access != token.access  # the password is at hand
