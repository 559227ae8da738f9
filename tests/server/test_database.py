"""PostgreSQL beneath the server: two nodes on one database, and a database that goes away."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.oauth import client_auth, jose
from support.abroad import Abroad
from support.postgres import Postgres
from support.postgres import server as postgres_server
from support.server import Made, Server, poll, running
from support.swap import BEARER, EXCHANGE, JWT, assert_jwt, swap

TOKEN = "/oauth2/token"
GRANT = {"grant_type": "client_credentials"}
METHODS = ("client_secret_basic", "client_secret_jwt")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as made:
        yield made


def assertion(server: Server, made: Made) -> dict[str, str]:
    signed = client_auth.assertion(made.id, jose.import_key(made.secret), "HS256", server.issuer, time.time())
    return GRANT | client_auth.assertion_fields(signed)


def tokens_in_audit(server: Server, made: Made) -> int:
    rows = server.operate(lambda engine: engine.store.audit(client=made.id, event="token"))
    return sum(row.outcome == "ok" for row in rows)


def test_two_nodes_share_keys_clients_logins_and_what_was_used_up(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.empty()
    one_data, two_data = tmp_path / "one", tmp_path / "two"
    options = ("--database", url, "--issuer", "https://auth.example.org")
    with running(one_data, *options) as one:
        two_data.mkdir(mode=0o700)
        shutil.copy(one_data / "master.key", two_data / "master.key")
        with running(two_data, *options) as two:
            made = one.client_add(methods=METHODS)
            token = one.token(made)
            assert two.is_active(token, made)
            assert one.get("/jwks").json() == two.get("/jwks").json()
            fields = assertion(one, made)
            assert {one.post(TOKEN, fields).status, two.post(TOKEN, fields).status} == {200, 401}
            user, abroad = one.user_add("ada@example.org"), Abroad()
            gate = one.client_add(grants=(EXCHANGE, BEARER), audiences=("https://b.example",))
            abroad.trusted_by(one)
            given = abroad.sign(one.issuer, user.email)
            assert {swap(node, gate, given, subject_token_type=JWT).status for node in (one, two)} == {200}
            assert {assert_jwt(node, gate, given).status for node in (one, two)} == {200, 400}
            abroad.forgotten_by(two)
            assert {swap(node, gate, given, subject_token_type=JWT).status for node in (one, two)} == {400}
            assert one.post("/oauth2/revoke", {"token": token}, basic=made.pair).status == 200
            poll(lambda: not two.is_active(token, made), 1.5)


def test_another_nodes_wrong_master_key_is_refused(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.empty()
    with running(tmp_path / "one", "--database", url):
        with (
            pytest.raises(AssertionError, match="the master key is not the one"),
            running(tmp_path / "two", "--database", url),
        ):
            pass
        assert not (tmp_path / "two" / "master.key").exists()


def test_while_the_database_is_away_what_is_cached_goes_on_and_nothing_is_used_up(
    tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.empty()
    with running(tmp_path / "data", "--database", url) as server:
        server.user_add("ada@example.org", "hunter2")
        robot = server.client_add(methods=METHODS)
        app = server.client_add(grants=("password", "refresh_token"))
        login = {"grant_type": "password", "username": "ada@example.org", "password": "hunter2"}
        first = server.post(TOKEN, login, basic=app.pair).json()
        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        token = server.token(robot)
        gate = server.client_add(grants=(EXCHANGE, BEARER), audiences=("https://b.example",))
        abroad = Abroad()
        abroad.trusted_by(server)
        given = abroad.sign(server.issuer, "ada@example.org")
        assert swap(server, gate, given, subject_token_type=JWT).status == 200
        assert server.is_active(token, robot)
        postgres.stop()
        try:
            time.sleep(1.5)  # so that the caches are older than a second
            assert server.post(TOKEN, GRANT, basic=robot.pair).status == 200
            assert server.is_active(token, robot)
            assert server.get("/jwks").status == 200
            assert server.get("/health").status == 200
            for fields, pair in ((again, app.pair), (login, app.pair), (assertion(server, robot), None)):
                answer = server.post(TOKEN, fields, basic=pair)
                assert (answer.status, answer.error) == (503, "temporarily_unavailable")
                assert int(answer.headers["retry-after"]) >= 1
            for answer in (swap(server, gate, given, subject_token_type=JWT), assert_jwt(server, gate, given)):
                assert (answer.status, answer.error) == (503, "temporarily_unavailable")
            unknown = server.post(TOKEN, GRANT, basic=("never-seen", "x"))
            assert unknown.status == 503
            assert server.get("/ready").status == 503
        finally:
            postgres.start()
        poll(lambda: server.get("/ready").status == 200, 10)
        assert server.post(TOKEN, again, basic=app.pair).status == 200
        assert assert_jwt(server, gate, given).status == 200  # the assertion was not used up
        poll(lambda: tokens_in_audit(server, robot) == 2)
        assert server.stop() == 0


def test_after_the_longest_time_nothing_is_answered_from_caches(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.empty()
    with running(tmp_path / "data", "--database", url, toml="max_stale = 2\n") as server:
        robot = server.client_add()
        server.token(robot)
        postgres.stop()
        try:
            poll(lambda: server.post(TOKEN, GRANT, basic=robot.pair).status == 503, 10)
        finally:
            postgres.start()
        poll(lambda: server.post(TOKEN, GRANT, basic=robot.pair).status == 200, 10)


def test_a_database_that_hangs_holds_up_nobody_whom_a_cache_can_answer(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.empty()
    with running(tmp_path / "data", "--database", url) as server:
        robot = server.client_add()
        server.token(robot)
        postgres.pause()
        try:
            poll(lambda: any("cannot read the database" in line for line in server.said), 10)
            began = time.monotonic()
            assert {server.post(TOKEN, GRANT, basic=robot.pair).status for _ in range(10)} == {200}
            assert time.monotonic() - began < 2
        finally:
            postgres.pause(False)
