"""Rows of the table of bad input on the JSON API of users and clients, on real sockets."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from support.postgres import Postgres
from support.postgres import server as postgres_server
from support.server import Reply, Server, running

TOKEN, BASIC = "/api/v1/auth/jwt/token", "/api/v1/auth/jwt/token/basic"
ME, USERS, CLIENTS = "/api/v1/users/me", "/api/v1/users/", "/api/v1/clients/"
PASSWORD = "correct horse battery"
TOML = 'log_level = "debug"\naccess_log = true\nkeep_keys = 1\npublish_ahead = 0\n'


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in at the facade."""

    server: Server
    email: str
    id: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        return self.server.call(method, path, body=sent, headers=kind, bearer=self.token)


def log_in(server: Server, email: str, password: str = PASSWORD) -> str:
    found = server.post(TOKEN, {"grant_type": "password", "username": email, "password": password})
    assert found.status == 200, found.body
    return str(found.json()["access_token"])


def somebody(server: Server, email: str, **fields: Any) -> Person:
    user = server.user_add(email, PASSWORD, **fields)
    return Person(server, email, user.id, log_in(server, email))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("api-rows") / "data", toml=TOML) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> Person:
    return somebody(server, "ada@example.org")


@pytest.fixture(scope="module")
def root(server: Server) -> Person:
    return somebody(server, "root@example.org", superuser=True)


def is_problem(found: Reply, *statuses: int) -> None:
    """A refusal of the API, and never a fault of the server."""
    assert found.status in statuses, found.body
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["detail"]


# --- 25: secrets


def test_row_25_no_secret_of_a_person_or_a_client_is_in_logs_lists_audit_or_refusals(server: Server, ada: Person):
    made = ada.call("POST", CLIENTS).json()
    turned = ada.call("POST", f"{CLIENTS}{made['client_id']}/rotate").json()
    answers = [
        ada.call("GET", CLIENTS),
        ada.call("GET", CLIENTS + made["client_id"]),
        ada.call("PATCH", ME, {"password": "sesame-sesame", "nonsense": 1}),
        ada.call("PATCH", ME, {"password": ["sesame-sesame"]}),
        ada.call("PATCH", ME, b'{"password": "sesame-sesame"'),
        ada.call("PATCH", ME, {"email": "sesame-sesame"}),
        server.get("/openapi.json"),
        server.get(f"{ME}?access_token={ada.token}"),
    ]
    rows = server.operate(lambda engine: engine.store.audit(limit=1000))
    seen = "\n".join([*server.said, repr(rows), *(answer.body.decode() for answer in answers)])
    for secret in (made["client_secret"], turned["client_secret"], ada.token, PASSWORD, "sesame-sesame"):
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
            assert form not in seen


# --- 26: sizes


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "' + b"x" * 70_000 + b'"}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"name": ' + b"[" * 30_000,
        b'{"name": "' + b"x" * 201 + b'"}',
        b'{"name": ' + b"9" * 60_000 + b"}",
    ],
    ids=["a body of 70 kB", "nested JSON", "nested JSON with no end", "a long name", "a long number"],
)
def test_row_26_oversized_input_is_refused_at_once(ada: Person, body: bytes):
    began = time.perf_counter()
    found = ada.call("POST", CLIENTS, body)
    is_problem(found, 400, 413, 422)
    assert time.perf_counter() - began < 10


# --- 28: privileges at registration


@pytest.mark.parametrize(
    "wish",
    [
        {"client_id": "admin"},
        {"user_id": "somebody-else"},
        {"owner": "somebody-else"},
        {"scope": "admin"},
        {"scopes": ["admin"]},
        {"grants": ["password"]},
        {"grant_types": ["password"]},
        {"roles": ["admin"]},
        {"client_secret": "mine"},
        {"jwks_uri": "https://example.org/jwks"},
        {"extra": {"facade": "climate_engine"}},
    ],
    ids=lambda wish: next(iter(wish)),
)
def test_row_28_nothing_but_a_name_can_be_wished_for_a_client(ada: Person, wish: dict[str, object]):
    is_problem(ada.call("POST", CLIENTS, wish), 422)


def test_row_28_a_client_made_here_gets_no_scope_no_other_grant_and_only_its_owners_roles(server: Server, ada: Person):
    made = ada.call("POST", CLIENTS).json()
    pair = (made["client_id"], made["client_secret"])
    form = {"grant_type": "client_credentials"}
    assert server.post(TOKEN, form | {"scope": "admin"}, basic=pair).error == "invalid_scope"
    stolen = {"grant_type": "password", "username": ada.email, "password": PASSWORD}
    assert server.post("/oauth2/token", stolen, basic=pair).error == "unauthorized_client"
    claims = server.post(TOKEN, form, basic=pair).json()["access_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "==="))["roles"] == []


def test_row_28_a_person_makes_themselves_no_administrator(ada: Person, root: Person):
    is_problem(ada.call("PATCH", ME, {"is_superuser": True}), 403)
    is_problem(ada.call("PATCH", USERS + ada.id, {"is_superuser": True}), 403)
    assert root.call("GET", USERS + ada.id).json()["is_superuser"] is False


# --- 32, 33: guessing


def test_row_32_unknown_wrong_empty_and_disabled_are_one_answer_on_both_paths(server: Server):
    server.user_edit(server.user_add("gone@example.org", PASSWORD), active=False)
    server.user_add("known@example.org", PASSWORD)
    tries = [
        ("nobody@example.org", "wrong"),
        ("known@example.org", "wrong"),
        ("gone@example.org", "wrong"),
        ("gone@example.org", PASSWORD),
    ]
    posted = [server.post(TOKEN, {"grant_type": "password", "username": n, "password": p}) for n, p in tries]
    asked = [server.get(BASIC, basic=pair) for pair in tries]
    assert {(found.status, found.body) for found in (*posted, *asked)} == {(400, posted[0].body)}
    for name in ("nobody@example.org", "known@example.org"):
        empty = server.post(TOKEN, {"grant_type": "password", "username": name, "password": ""})
        assert (empty.status, empty.error) == (400, "invalid_request")


def test_row_33_guesses_count_over_both_paths_and_touch_nobody_who_is_in_already(server: Server):
    eve = somebody(server, "eve@example.org")
    made = eve.call("POST", CLIENTS).json()
    pair = (made["client_id"], made["client_secret"])
    for number in range(6):
        name = ("EVE@example.org", "ｅve@example.org")[number % 2]
        server.post(TOKEN, {"grant_type": "password", "username": name, "password": "wrong"})
        server.call(
            "GET", BASIC, basic=("eve@example.org", "wrong"), headers={"X-Forwarded-For": f"203.0.113.{number}"}
        )
    slowed = server.get(BASIC, basic=("eve@example.org", PASSWORD))
    assert slowed.status == 429
    assert int(slowed.headers["retry-after"]) >= 1
    with ThreadPoolExecutor(10) as pool:
        robots = [pool.submit(server.post, TOKEN, {"grant_type": "client_credentials"}, basic=pair) for _ in range(20)]
        calls = [pool.submit(eve.call, "GET", ME) for _ in range(20)]
    assert {found.result().status for found in (*robots, *calls)} == {200}


# --- 35: what a browser would obey


def test_row_35_a_script_in_a_name_stays_text(server: Server, ada: Person):
    name = "<script>alert(1)</script>\"'&"
    id = ada.call("POST", CLIENTS, {"name": name}).json()["client_id"]
    found = ada.call("GET", CLIENTS + id)
    assert found.json()["name"] == name
    assert found.headers["content-type"] == "application/json"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert name.encode() not in server.get("/docs").body


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1", "a\u2028b", "safe\u202egpj.exe", "\u2066x", "a\0b", " ", "\x1b[2J"]
)
def test_row_35_a_name_that_splits_or_turns_a_line_is_refused(ada: Person, name: str):
    is_problem(ada.call("POST", CLIENTS, {"name": name}), 400)
    is_problem(ada.call("PATCH", ME, {"name": name}), 400)


@pytest.mark.parametrize("path", [CLIENTS + "%0d%0aSet-Cookie:%20x=1", CLIENTS + "?after=%0d%0aSet-Cookie:%20x=1"])
def test_row_35_an_address_makes_no_new_header(ada: Person, path: str):
    found = ada.call("GET", path)
    assert found.status in (200, 404)
    assert "set-cookie" not in {name.lower() for name in found.headers}


# --- 36: keys


def test_row_36_a_token_of_a_removed_key_is_invalid(tmp_path: Path):
    from lychgate.server.keys import new_key

    with running(tmp_path / "data", toml=TOML) as server:
        ada = somebody(server, "ada@example.org")
        assert ada.call("GET", ME).status == 200

        async def replace_key(engine: Any) -> None:
            now = engine.clock()
            await engine.store.rotate_key(new_key(engine.master, "main", "ES256", now, now), 1000)

        server.operate(replace_key)
        deadline = time.monotonic() + 10
        while (found := ada.call("GET", ME)).status == 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        is_problem(found, 401)
        assert 'error="invalid_token"' in found.headers["www-authenticate"]
        assert replace(ada, token=log_in(server, ada.email)).call("GET", ME).status == 200


# --- 37: how a token and a body come


def test_row_37_a_token_in_the_address_is_refused_alone_and_beside_another(server: Server, ada: Person):
    is_problem(server.get(f"{ME}?access_token={ada.token}"), 400)
    is_problem(ada.call("GET", f"{ME}?access_token={ada.token}"), 400)


def test_row_37_a_token_in_a_form_is_refused(server: Server, ada: Person):
    is_problem(server.post(CLIENTS, {"access_token": ada.token}), 415)


def test_row_37_two_authorization_fields_are_refused(server: Server, ada: Person):
    lines = f"Authorization: Bearer {ada.token}\r\n" * 2
    assert _raw(server, f"GET {ME} HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n{lines}\r\n").startswith(
        b"HTTP/1.1 400"
    )


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""])
def test_row_37_a_body_of_another_type_is_415(server: Server, ada: Person, kind: str):
    found = server.call("PATCH", ME, body=b'{"name": "x"}', headers={"Content-Type": kind}, bearer=ada.token)
    is_problem(found, 415)


def test_row_37_the_token_path_takes_neither_get_nor_json(server: Server):
    assert server.get(TOKEN).status == 405
    assert server.post(BASIC).status == 405
    body = json.dumps({"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}).encode()
    assert server.call("POST", TOKEN, body=body, headers={"Content-Type": "application/json"}).status == 415


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Token x", "Basic YTpi", "bearer  x y", "\t"])
def test_row_37_what_is_no_bearer_token_is_401_with_a_challenge(server: Server, value: str):
    found = server.call("GET", ME, headers={"Authorization": value})
    is_problem(found, 401)
    assert found.headers["www-authenticate"].startswith("Bearer ")


# --- 41: injection, and a database that is away

STRANGE = [
    "' OR '1'='1",
    "*)(uid=*))(|(uid=*",
    "\0",
    "%00",
    "..",
    "../../users/me",
    "9" * 255,
    "x" * 256,
    "\U0001f40d",
    "${7*7}",
]


@pytest.mark.parametrize("id", STRANGE)
def test_row_41_a_strange_id_is_no_fault(root: Person, id: str):
    for prefix in (CLIENTS, USERS):
        found = root.call("GET", prefix + quote(id, safe=""))
        assert found.status in (404, 422), (prefix, found.body)
    assert root.call("GET", f"{CLIENTS}?after={quote(id, safe='')}").status in (200, 422)


def test_row_41_a_strange_login_name_is_no_fault(server: Server):
    for name in (*STRANGE, "9" * 10_000):
        found = server.post(TOKEN, {"grant_type": "password", "username": name, "password": "x"})
        assert found.status == 400, name


def test_row_41_a_million_digits_are_no_fault(server: Server):
    request = f"GET {CLIENTS}{'9' * 1_000_000} HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n\r\n"
    answer = _raw(server, request)
    assert answer[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 414", b"HTTP/1.1 431")
    assert server.get("/health").status == 200


@pytest.mark.parametrize(
    "body", [b'{"name": "\\ud800"}', b'{"name": "a\\u0000b"}', b"\xff\xfe", b"null", b"1", b'"x"', b"NaN"]
)
def test_row_41_json_that_is_strange_is_no_fault(ada: Person, body: bytes):
    found = ada.call("POST", CLIENTS, body)
    assert found.status in (201, 400, 422)
    if body != b"null":  # the same as no body
        is_problem(found, 400, 422)


def test_row_41_with_the_database_away_the_api_says_so_and_changes_nothing(tmp_path: Path):
    with postgres_server() as postgres, running(tmp_path / "data", "--database", postgres.empty()) as server:
        ada = somebody(server, "ada@example.org")
        assert ada.call("GET", ME).status == 200
        _while_away(postgres, ada)
        deadline = time.monotonic() + 20
        while ada.call("GET", ME).status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert ada.call("GET", CLIENTS).json() == []


def _while_away(postgres: Postgres, ada: Person) -> None:
    postgres.stop()
    try:
        for method, path, body in (
            ("GET", ME, None),
            ("PATCH", ME, {"name": "other"}),
            ("POST", CLIENTS, None),
            ("GET", CLIENTS, None),
        ):
            found = ada.call(method, path, body)
            is_problem(found, 503)
            assert int(found.headers["retry-after"]) >= 1
    finally:
        postgres.start()


def _raw(server: Server, text: str) -> bytes:
    """The first bytes of an answer to bytes of our own making; empty where the connection was closed on us."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
        try:
            line.sendall(text.encode("latin-1"))
            return line.recv(4096)
        except OSError:
            return b""
