"""``/api/v1/clients``: a person's own clients."""

from __future__ import annotations

import time
import uuid

import pytest

from lychgate.oauth import client_auth, jose
from support.server import Server

from .conftest import CLIENTS, ME, TOKEN, Person, as_client


def test_an_empty_post_makes_a_client_as_the_document_shows_it(ada: Person):
    found = ada.call("POST", CLIENTS)
    assert found.status == 201
    made = found.json()
    assert list(made) == ["user_id", "client_id", "client_secret"]
    assert made["user_id"] == ada.id
    assert uuid.UUID(made["client_id"]).version == 4
    assert len(made["client_secret"]) == 43


def test_with_and_without_the_slash_is_the_same_and_no_redirect(ada: Person):
    assert ada.call("POST", "/api/v1/clients").status == 201
    with_, without = (ada.call("GET", path).json() for path in (CLIENTS, "/api/v1/clients"))
    assert with_ == without


def test_a_new_client_may_show_its_secret_in_each_of_the_three_ways(server: Server, ada: Person):
    id, secret = ada.new_client()
    form = {"grant_type": "client_credentials"}
    basic = server.post(TOKEN, form, basic=(id, secret))
    posted = server.post(TOKEN, form | {"client_id": id, "client_secret": secret})
    signed = client_auth.assertion(id, jose.import_key(secret), "HS256", server.url + TOKEN, time.time())
    asserted = server.post(TOKEN, form | client_auth.assertion_fields(signed))
    for found in (basic, posted, asserted):
        assert found.status == 200, found.body
        assert server.get(ME, bearer=found.json()["access_token"]).json()["id"] == ada.id


def test_the_list_shows_ones_own_clients_and_never_a_secret(ada: Person, bob: Person):
    id, secret = ada.new_client()
    found = ada.call("GET", CLIENTS)
    assert id in [one["client_id"] for one in found.json()]
    assert secret not in found.body.decode()
    assert id not in [one["client_id"] for one in bob.call("GET", CLIENTS).json()]


def test_the_list_comes_in_pages(server: Server, bob: Person):
    made = sorted(bob.new_client()[0] for _ in range(3))
    first = bob.call("GET", CLIENTS + "?limit=2").json()
    rest = bob.call("GET", CLIENTS + f"?after={first[-1]['client_id']}").json()
    assert [one["client_id"] for one in first + rest] == made
    for wrong in ("limit=0", "limit=x", "limit=9999999", "after=" + "x" * 300):
        assert bob.call("GET", CLIENTS + "?" + wrong).status == 422


def test_a_client_has_the_name_that_it_was_given(ada: Person):
    id = ada.call("POST", CLIENTS, {"name": "Grüße 你好"}).json()["client_id"]
    assert ada.call("GET", CLIENTS + id).json()["name"] == "Grüße 你好"


def test_what_a_client_hears_of_logouts_is_changed_and_checked_as_at_registration(ada: Person, root: Person):
    id = ada.call("POST", CLIENTS).json()["client_id"]
    wanted = {
        "backchannel_logout_uri": "https://rp.example.org/out",
        "backchannel_logout_session_required": True,
        "post_logout_redirect_uris": ["https://rp.example.org/bye"],
    }
    assert ada.call("PATCH", CLIENTS + id, wanted | {"name": "RP"}).json().items() >= (wanted | {"name": "RP"}).items()
    for wrong in (
        {"backchannel_logout_uri": "https://10.0.0.1/"},
        {"post_logout_redirect_uris": ["http://a.example/"]},
    ):
        assert ada.call("PATCH", CLIENTS + id, wrong).status == 400
    assert root.call("PATCH", CLIENTS + id, {"backchannel_logout_uri": None}).status == 200
    found = ada.call("GET", CLIENTS + id).json()
    assert {name: found[name] for name in wanted} == wanted | {"backchannel_logout_uri": None}


def test_somebody_elses_client_is_not_there_but_for_an_administrator(ada: Person, bob: Person, root: Person):
    id, _ = ada.new_client()
    for method, path, body in (("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("POST", "/rotate", None)):
        assert bob.call(method, CLIENTS + id + path, body).status == 404, (method, path)
    assert ada.call("GET", CLIENTS + id).status == 200
    assert root.call("GET", CLIENTS + id).json()["user_id"] == ada.id


def test_the_servers_own_client_is_nobodys(root: Person):
    for method in ("GET", "DELETE"):
        assert root.call(method, CLIENTS + "climate-engine").status == 404


def test_a_removed_client_and_its_tokens_are_dead_at_once(server: Server, ada: Person):
    pair = ada.new_client()
    token = as_client(server, pair).json()["access_token"]
    assert ada.call("DELETE", CLIENTS + pair[0]).status == 204
    assert as_client(server, pair).error == "invalid_client"
    assert server.get(ME, bearer=token).status == 401
    assert ada.call("DELETE", CLIENTS + pair[0]).status == 404


def test_after_a_rotation_both_secrets_are_good_until_the_stated_time(server: Server, ada: Person):
    id, old = ada.new_client()
    found = ada.call("POST", f"{CLIENTS}{id}/rotate")
    assert found.status == 200
    new = found.json()["client_secret"]
    assert abs(found.json()["old_secret_expires_at"] - time.time() - 86400) < 60
    for secret in (old, new):
        assert as_client(server, (id, secret)).status == 200
    shown = ada.call("GET", CLIENTS + id).json()["secrets"]
    assert sorted(one["expires_at"] is None for one in shown) == [False, True]


def test_after_a_rotation_that_keeps_nothing_the_old_secret_is_dead_at_once(server: Server, ada: Person):
    id, old = ada.new_client()
    new = ada.call("POST", f"{CLIENTS}{id}/rotate", {"keep_old": 0}).json()["client_secret"]
    assert as_client(server, (id, old)).error == "invalid_client"
    assert as_client(server, (id, new)).status == 200


def test_an_old_secret_ends_by_itself(server: Server, ada: Person):
    id, old = ada.new_client()
    ends = ada.call("POST", f"{CLIENTS}{id}/rotate", {"keep_old": 2}).json()["old_secret_expires_at"]
    assert as_client(server, (id, old)).status == 200
    while time.time() < ends + 1:
        time.sleep(0.05)
    assert as_client(server, (id, old)).error == "invalid_client"


@pytest.mark.parametrize(
    "body",
    [
        {"keep_old": -1},
        {"keep_old": False},
        {"keep_old": "5"},
        {"keep_old": 10**12},
        {"keep_old": "x"},
        {"keep": 1},
        [],
        "x",
    ],
)
def test_a_rotation_that_makes_no_sense_is_422(ada: Person, body: object):
    id, _ = ada.new_client()
    assert ada.call("POST", f"{CLIENTS}{id}/rotate", body).status == 422


def test_a_client_manages_no_clients(server: Server, ada: Person):
    pair = ada.new_client()
    robot = Person(server, ada.email, ada.id, as_client(server, pair).json()["access_token"])
    for method, path in (("POST", CLIENTS), ("DELETE", CLIENTS + pair[0]), ("POST", f"{CLIENTS}{pair[0]}/rotate")):
        found = robot.call(method, path)
        assert found.status == 403, (method, path)
        assert "password" in found.json()["detail"]
    assert ada.call("GET", CLIENTS + pair[0]).status == 200


def test_the_last_use_of_a_client_is_shown(server: Server, ada: Person):
    pair = ada.new_client()
    assert ada.call("GET", CLIENTS + pair[0]).json()["last_used_at"] is None
    as_client(server, pair)
    deadline = time.monotonic() + 5
    while ada.call("GET", CLIENTS + pair[0]).json()["last_used_at"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
