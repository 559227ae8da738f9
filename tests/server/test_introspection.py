"""Introspection and revocation (RFC 7662, RFC 7009)."""

from __future__ import annotations

import pytest

from support.server import Made, Server, poll

INACTIVE = {"active": False}


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add(scopes=("read",), audiences=("https://api.example",))


def told(server: Server, token: str, caller: Made) -> object:
    answer = server.post("/oauth2/introspect", {"token": token}, basic=caller.pair)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_a_client_is_told_of_its_own_token(server: Server, robot: Made) -> None:
    found = told(server, server.token(robot), robot)
    assert isinstance(found, dict)
    assert found["active"] is True
    assert (found["client_id"], found["iss"], found["scope"]) == (robot.id, server.issuer, "read")
    assert found["exp"] - found["iat"] == 900


def test_who_serves_the_audience_is_told(server: Server, robot: Made) -> None:
    api = server.client_add(resources=("https://api.example",))
    assert told(server, server.token(robot), api) != INACTIVE


def test_anybody_else_is_told_nothing(server: Server, robot: Made) -> None:
    other = server.client_add(resources=("https://other.example",))
    assert told(server, server.token(robot), other) == INACTIVE


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "x" * 20_000])
def test_what_is_no_token_is_inactive(server: Server, robot: Made, token: str) -> None:
    assert told(server, token, robot) == INACTIVE


def test_a_changed_token_is_inactive(server: Server, robot: Made) -> None:
    head, payload, signature = server.token(robot).split(".")
    changed = signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")
    assert told(server, f"{head}.{payload}.{changed}", robot) == INACTIVE


def test_introspection_needs_a_client_that_proves_itself(server: Server, robot: Made) -> None:
    token = server.token(robot)
    assert server.post("/oauth2/introspect", {"token": token}).status == 401
    public = server.client_add(methods=("none",), grants=("password",))
    answer = server.post("/oauth2/introspect", {"token": token, "client_id": public.id})
    assert (answer.status, answer.error) == (401, "invalid_client")
    assert server.post("/oauth2/introspect", {}, basic=robot.pair).error == "invalid_request"


def test_a_revoked_token_is_inactive_at_once(server: Server, robot: Made) -> None:
    token = server.token(robot)
    assert told(server, token, robot) != INACTIVE
    assert server.post("/oauth2/revoke", {"token": token}, basic=robot.pair).status == 200
    assert told(server, token, robot) == INACTIVE


def test_a_foreign_token_is_not_revoked(server: Server, robot: Made) -> None:
    token, other = server.token(robot), server.client_add()
    assert server.post("/oauth2/revoke", {"token": token}, basic=other.pair).status == 200
    assert told(server, token, robot) != INACTIVE


def test_revoking_nonsense_is_no_error(server: Server, robot: Made) -> None:
    assert server.post("/oauth2/revoke", {"token": "nonsense"}, basic=robot.pair).status == 200
    assert server.post("/oauth2/revoke", {}, basic=robot.pair).error == "invalid_request"


def test_the_token_of_a_removed_client_is_dead(server: Server) -> None:
    made = server.client_add()
    watcher = server.client_add(resources=(server.issuer,))
    token = server.token(made)
    assert told(server, token, watcher) != INACTIVE
    server.operate(lambda engine: engine.store.remove_client("main", made.id))
    poll(lambda: told(server, token, watcher) == INACTIVE, 1.5)
