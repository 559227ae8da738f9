"""Clients that register themselves, over real sockets (RFC 7591, RFC 7592). Rows 3, 27, 28 and 49 of the attacks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from lychgate.oauth import jose, pkce
from lychgate.server.people.login_model import RegistrationToken
from lychgate.server.secrets import digest
from support.person import PersonAtBrowser
from support.server import Reply, Server, running

BACK = "http://127.0.0.1:8888/back"
API = "https://api.example.org"
OPEN = f'registration = "open"\nregistration_scopes = ["read"]\nregistration_audiences = ["{API}"]\n'
EMAIL, PASSWORD = "ada@example.org", "hunter2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("open"), toml=OPEN) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


def send(server: Server, method: str, body: Any, path: str = "/oauth2/register", token: str | None = None) -> Reply:
    raw = None if body is None else json.dumps(body).encode()
    return server.call(method, path, body=raw, headers={"Content-Type": "application/json"}, bearer=token)


def register(server: Server, **metadata: Any) -> Reply:
    return send(server, "POST", {"redirect_uris": [BACK], "client_name": "A program"} | metadata)


def managed(made: dict[str, Any]) -> str:
    parts = urlsplit(made["registration_client_uri"])
    return f"{parts.path}?{parts.query}"


def test_a_client_registers_and_is_told_all_that_is_kept(server: Server) -> None:
    asked = {
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token"],
        "application_type": "native",
        "client_uri": "https://example.org/",
        "contacts": ["ops@example.org"],
        "scope": "openid read",
    }
    reply = register(server, **asked)
    assert reply.status == 201
    made = reply.json()
    for name in ("token_endpoint_auth_method", "application_type", "client_uri", "contacts"):
        assert made[name] == asked[name]
    assert made["client_secret_expires_at"] == 0
    assert len(made["client_secret"]) == 43
    assert made["redirect_uris"] == [BACK]


def test_what_registered_can_log_a_person_in_and_the_page_says_that_nobody_knows_it(server: Server) -> None:
    made = register(server, token_endpoint_auth_method="none", client_name="Climate Engine").json()
    verifier = "v" * 43
    query = f"response_type=code&client_id={made['client_id']}&scope=openid&code_challenge_method=S256"
    query += f"&code_challenge={pkce.challenge(verifier)}&redirect_uri={BACK}"
    person = PersonAtBrowser(server.url).open(f"{server.url}/oauth2/authorize?{query}").log_in(EMAIL, PASSWORD)
    assert "registered" in person.page.text.lower()
    assert "127.0.0.1:8888" in person.page.text
    person.allow()
    form = {"grant_type": "authorization_code", "code": person.params["code"], "code_verifier": verifier}
    reply = server.post("/oauth2/token", form | {"redirect_uri": BACK, "client_id": made["client_id"]})
    assert reply.status == 200


def test_it_may_ask_for_tokens_for_what_the_operator_names_and_for_nothing_else(server: Server) -> None:
    made = register(server, token_endpoint_auth_method="none").json()
    verifier = "v" * 43
    query = f"response_type=code&client_id={made['client_id']}&scope=read&code_challenge_method=S256"
    query += f"&code_challenge={pkce.challenge(verifier)}&redirect_uri={BACK}&resource="
    where = f"{server.url}/oauth2/authorize?{query}"
    assert PersonAtBrowser(server.url).open(f"{where}https://other.example.org").params["error"] == "invalid_target"
    person = PersonAtBrowser(server.url).open(where + API).log_in(EMAIL, PASSWORD).allow()
    form = {"grant_type": "authorization_code", "code": person.params["code"], "code_verifier": verifier}
    reply = server.post("/oauth2/token", form | {"redirect_uri": BACK, "client_id": made["client_id"]})
    assert jose.peek(reply.json()["access_token"])[1]["aud"] == [API]


def test_a_client_reads_changes_and_removes_itself(server: Server) -> None:
    made = register(server).json()
    path, token = managed(made), made["registration_access_token"]
    read = send(server, "GET", None, path, token)
    assert (read.status, read.json()["client_name"]) == (200, "A program")
    assert "client_secret" not in read.json()
    changed = {"client_id": made["client_id"], "redirect_uris": [BACK, "https://a.example/cb"], "client_name": "Other"}
    updated = send(server, "PUT", changed, path, token)
    assert updated.status == 200, updated.body
    assert updated.json()["redirect_uris"] == changed["redirect_uris"]
    assert send(server, "DELETE", None, path, token).status == 204
    assert send(server, "GET", None, path, token).status == 401


def test_what_a_client_reads_of_itself_is_what_the_database_holds_by_now(server: Server) -> None:
    made = register(server).json()
    path, token = managed(made), made["registration_access_token"]
    assert send(server, "GET", None, path, token).json()["client_name"] == "A program"
    with closing(sqlite3.connect(server.data / "lychgate.db", timeout=10)) as database:
        # As a worker does it that this one has not heard of yet.
        database.execute("UPDATE client SET name = 'Another name' WHERE id = ?", (made["client_id"],))
        database.commit()
    assert send(server, "GET", None, path, token).json()["client_name"] == "Another name"


def test_row_28_the_token_of_one_client_opens_no_other(server: Server) -> None:
    one, two = register(server).json(), register(server).json()
    for method in ("GET", "PUT", "DELETE"):
        reply = send(server, method, {"client_id": two["client_id"]}, managed(two), one["registration_access_token"])
        assert (reply.status, reply.error) == (401, "invalid_token")
    assert send(server, "GET", None, managed(two)).status == 401


PUBLIC = {"keys": [jose.generate("ES256").as_dict(private=False)]}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an administrator's scope": ({"scope": "admin"}, "invalid_client_metadata"),
    "a foreign grant": ({"grant_types": ["password"]}, "invalid_client_metadata"),
    "client_credentials without a token": ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    "a chosen client_id": ({"client_id": "admin"}, "invalid_client_metadata"),
    "unknown metadata": ({"is_admin": True}, "invalid_client_metadata"),
    "both kinds of keys": (
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": PUBLIC, "jwks_uri": "https://example.org/jwks"},
        "invalid_client_metadata",
    ),
    "no redirect": ({"redirect_uris": []}, "invalid_redirect_uri"),
    "implicit": ({"response_types": ["token"]}, "invalid_client_metadata"),
    "a name that turns": ({"client_name": "a\u202eb"}, "invalid_client_metadata"),
    "a list that is none": ({"redirect_uris": BACK}, "invalid_client_metadata"),
}


@pytest.mark.parametrize(("metadata", "error"), BAD.values(), ids=list(BAD))
def test_row_28_metadata_that_cannot_be_had_is_refused(server: Server, metadata: dict[str, Any], error: str) -> None:
    reply = register(server, **metadata)
    assert (reply.status, reply.error) == (400, error)


@pytest.mark.parametrize("uri", ["JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"])
@pytest.mark.parametrize(
    "name", ["redirect_uris", "logo_uri", "tos_uri", "policy_uri", "client_uri", "post_logout_redirect_uris"]
)
def test_row_3_a_script_as_a_uri_is_refused(server: Server, name: str, uri: str) -> None:
    reply = register(server, **{name: [uri] if name.endswith("uris") else uri})
    assert reply.status == 400
    assert reply.error in ("invalid_redirect_uri", "invalid_client_metadata")


@pytest.mark.parametrize("uri", ["https://127.0.0.1/", "https://169.254.169.254/", "https://[::ffff:10.0.0.1]/"])
@pytest.mark.parametrize("name", ["logo_uri", "jwks_uri", "initiate_login_uri"])
def test_row_27_an_inner_address_is_refused(server: Server, name: str, uri: str) -> None:
    more = {"token_endpoint_auth_method": "private_key_jwt"} if name == "jwks_uri" else {}
    assert register(server, **{name: uri}, **more).error == "invalid_client_metadata"


@pytest.mark.parametrize("body", ["null", "[]", '"x"', "{", "[" * 5_000])
def test_a_body_that_is_no_object_is_refused(server: Server, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    reply = server.call("POST", "/oauth2/register", body=body.encode(), headers=headers)
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


def test_without_the_setting_nobody_registers(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("closed"), "--issuer", "https://auth.example.org") as closed:
        assert register(closed).status == 403
        assert "registration_endpoint" not in closed.get("/.well-known/openid-configuration").json()


def test_an_initial_access_token_works_as_often_as_it_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("token"), toml='registration = "token"\n') as guarded:
        kept = RegistrationToken(digest("an initial token"), "main", None, 1)
        guarded.operate(lambda engine: engine.store.add_registration_token(kept))
        assert register(guarded).status == 401
        body = {"grant_types": ["client_credentials"], "client_name": "robot"}
        reply = send(guarded, "POST", body, token="an initial token")
        assert reply.status == 201
        made = reply.json()
        again = body | {"client_id": made["client_id"], "client_name": "renamed"}
        updated = send(guarded, "PUT", again, managed(made), made["registration_access_token"])
        assert (updated.status, updated.json()["client_name"]) == (200, "renamed")
        assert send(guarded, "POST", body, token="an initial token").status == 401
