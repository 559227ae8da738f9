"""``/api/v1/users``: one's own account, and an administrator's view of the others."""

from __future__ import annotations

from itertools import count

import pytest

from support.server import Reply, Server

from .conftest import ME, Person, as_client, log_in, person

numbers = count()


def _is_problem(found: Reply, status: int) -> dict[str, object]:
    body = found.json()
    assert found.status == body["status"] == status, found.body
    assert found.headers["content-type"] == "application/problem+json"
    assert body["detail"]
    assert body["title"]
    return dict(body)


@pytest.fixture
def fresh(server: Server) -> Person:
    """Somebody whom a test may change."""
    return person(server, f"fresh{next(numbers)}@example.org")


def test_ones_own_account_is_shown_as_the_document_shows_it(ada: Person):
    found = ada.call("GET", ME)
    assert found.status == 200
    assert found.json() == {
        "id": ada.id,
        "email": "ada@example.org",
        "is_active": True,
        "is_superuser": False,
        "is_verified": False,
    }
    assert found.headers["cache-control"] == "no-store"


def test_without_a_token_the_challenge_names_no_error(server: Server):
    found = server.get(ME)
    _is_problem(found, 401)
    assert found.headers["www-authenticate"] == f'Bearer realm="{server.issuer}"'


@pytest.mark.parametrize("token", ["x", "a.b.c", "é".encode().decode("latin-1")])
def test_a_wrong_token_is_told_so_in_the_challenge(server: Server, token: str):
    found = server.call("GET", ME, headers={"Authorization": f"Bearer {token}"})
    _is_problem(found, 401)
    assert 'error="invalid_token"' in found.headers["www-authenticate"]


def test_a_client_reads_its_owners_account(server: Server, ada: Person):
    token = as_client(server, ada.new_client()).json()["access_token"]
    assert server.get(ME, bearer=token).json()["id"] == ada.id


def test_a_client_of_nobodys_has_no_account_to_read(server: Server):
    token = server.token(server.client_add())
    _is_problem(server.get(ME, bearer=token), 403)


def test_a_token_that_a_program_got_changes_no_account(server: Server, ada: Person):
    robot = as_client(server, ada.new_client()).json()["access_token"]
    app = server.client_add(grants=("password",), owner=None)
    fields = {"grant_type": "password", "username": "ada@example.org", "password": "hunter2"}
    through = server.token(app, **fields)
    assert server.get(ME, bearer=through).status == 200
    for token in (robot, through):
        sent = Person(server, ada.email, ada.id, token).call("PATCH", ME, {"email": "evil@example.org"})
        _is_problem(sent, 403)
    assert ada.call("GET", ME).json()["email"] == "ada@example.org"


def test_a_new_password_ends_the_tokens_before_it_and_the_old_password(server: Server, fresh: Person):
    robot = as_client(server, fresh.new_client()).json()["access_token"]
    assert fresh.call("PATCH", ME, {"password": "another-one"}).status == 200
    for token in (fresh.token, robot):
        assert server.get(ME, bearer=token).status == 401
    assert server.get(ME, bearer=log_in(server, fresh.email, "another-one")).status == 200
    wrong = {"grant_type": "password", "username": fresh.email, "password": "hunter2"}
    assert server.post("/api/v1/auth/jwt/token", wrong).error == "invalid_grant"


def test_a_password_that_is_too_short_or_too_long_is_refused_and_not_repeated(fresh: Person):
    for password in ("qzx", "qzx" * 2000):
        found = fresh.call("PATCH", ME, {"password": password})
        assert _is_problem(found, 400)["code"] == "UPDATE_USER_INVALID_PASSWORD"
        assert b"qzx" not in found.body
    assert fresh.call("GET", ME).status == 200


def test_a_new_address_is_not_verified_and_logs_in(server: Server, root: Person, fresh: Person):
    root.call("PATCH", f"/api/v1/users/{fresh.id}", {"is_verified": True})
    assert fresh.call("GET", ME).json()["is_verified"] is True
    changed = fresh.call("PATCH", ME, {"email": f"new-{fresh.email}"}).json()
    assert (changed["email"], changed["is_verified"]) == (f"new-{fresh.email}", False)
    assert log_in(server, f"new-{fresh.email}")


def test_an_address_of_somebody_else_is_refused_in_any_case(ada: Person, fresh: Person):
    for email in ("ada@example.org", "ADA@Example.org"):
        found = fresh.call("PATCH", ME, {"email": email})
        assert _is_problem(found, 400)["code"] == "UPDATE_USER_EMAIL_ALREADY_EXISTS"


@pytest.mark.parametrize("flag", ["is_superuser", "is_active", "is_verified"])
def test_nobody_changes_their_own_standing(fresh: Person, flag: str):
    now = fresh.call("GET", ME).json()
    _is_problem(fresh.call("PATCH", ME, {flag: not now[flag]}), 403)
    assert fresh.call("PATCH", ME, {flag: now[flag], "name": f"n{next(numbers)}"}).status == 200
    assert fresh.call("GET", ME).json() == now


@pytest.mark.parametrize("field", ["roles", "groups", "id", "password_hash", "not_before", "hashed_password"])
def test_fields_that_are_not_ones_own_to_change_are_refused(fresh: Person, field: str):
    _is_problem(fresh.call("PATCH", ME, {field: ["admin"]}), 422)


def test_an_administrator_reads_and_changes_anybody(server: Server, root: Person, fresh: Person):
    path = f"/api/v1/users/{fresh.id}"
    assert root.call("GET", path).json()["email"] == fresh.email
    changed = root.call("PATCH", path, {"roles": ["a", "b"], "groups": ["g"], "name": f"named-{fresh.id}"}).json()
    assert (changed["roles"], changed["groups"], changed["name"]) == (["a", "b"], ["g"], f"named-{fresh.id}")
    checker = server.client_add(resources=(server.issuer,))
    claims = server.post("/oauth2/introspect", {"token": log_in(server, fresh.email)}, basic=checker.pair)
    assert claims.json()["roles"] == ["a", "b", "all-datasets"]


def test_a_disabled_person_is_out_at_once_and_with_them_their_clients(server: Server, root: Person, fresh: Person):
    pair = fresh.new_client()
    robot = as_client(server, pair).json()["access_token"]
    assert root.call("PATCH", f"/api/v1/users/{fresh.id}", {"is_active": False}).json()["is_active"] is False
    for token in (fresh.token, robot):
        assert server.get(ME, bearer=token).status == 401
    assert as_client(server, pair).error == "invalid_grant"
    wrong = {"grant_type": "password", "username": fresh.email, "password": "hunter2"}
    assert server.post("/api/v1/auth/jwt/token", wrong).error == "invalid_grant"


def test_an_administrator_removes_a_person_and_their_clients(server: Server, root: Person, fresh: Person):
    pair = fresh.new_client()
    found = root.call("DELETE", f"/api/v1/users/{fresh.id}")
    assert (found.status, found.body) == (204, b"")
    _is_problem(root.call("GET", f"/api/v1/users/{fresh.id}"), 404)
    assert server.get(ME, bearer=fresh.token).status == 401
    assert as_client(server, pair).error == "invalid_client"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_others_are_told_no_before_they_learn_who_exists(ada: Person, bob: Person, method: str):
    body = {"is_superuser": True} if method == "PATCH" else None
    for id in (bob.id, "nobody"):
        _is_problem(ada.call(method, f"/api/v1/users/{id}", body), 403)


@pytest.mark.parametrize("id", ["nobody", "%00", "%F0%9F%90%8D", "1%27%20OR%201=1--", "9" * 200])
def test_there_is_no_such_person(root: Person, id: str):
    _is_problem(root.call("GET", f"/api/v1/users/{id}"), 404)


def test_the_last_administrator_stays(root: Person):
    path = f"/api/v1/users/{root.id}"
    for method, body in (("PATCH", {"is_superuser": False}), ("PATCH", {"is_active": False}), ("DELETE", None)):
        assert "last" in str(_is_problem(root.call(method, path, body), 409)["detail"])
    assert root.call("GET", path).status == 200


def test_the_methods_of_an_address_are_all_named(root: Person):
    found = root.call("PUT", f"/api/v1/users/{root.id}", {})
    _is_problem(found, 405)
    assert found.headers["allow"] == "DELETE, GET, PATCH"


def test_a_request_id_is_on_each_answer(ada: Person):
    assert ada.call("GET", ME).headers["x-request-id"] != ada.call("GET", ME).headers["x-request-id"]
