"""The OpenAPI document says what the server does."""

from __future__ import annotations

import json

from lychgate.server.grants import GRANTS
from support.server import Server, running

from .conftest import CLIENTS, ME, TOKEN

FORM = "application/x-www-form-urlencoded"


def test_each_path_of_the_api_is_described_once(server: Server):
    paths = server.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        TOKEN,
        TOKEN + "/basic",
        ME,
        "/api/v1/users/{id}",
        ME + "/keys",
        ME + "/keys/{fingerprint}",
        CLIENTS,
        CLIENTS + "{id}",
        CLIENTS + "{id}/rotate",
    }
    assert set(paths["/api/v1/users/{id}"]) == {"get", "patch", "delete"}


def test_the_token_request_is_described_by_the_table_of_grants(server: Server):
    found = server.get("/openapi.json").json()
    named = found["paths"][TOKEN]["post"]["requestBody"]["content"][FORM]["schema"]["$ref"].rsplit("/", 1)[1]
    forms = {form["properties"]["grant_type"]["const"]: form for form in found["components"]["schemas"][named]["oneOf"]}
    assert set(forms) == set(GRANTS)
    for name, grant in GRANTS.items():
        assert set(grant.parameters) <= set(forms[name]["properties"])


def test_the_padlock_knows_the_token_path(server: Server):
    schemes = server.get("/openapi.json").json()["components"]["securitySchemes"]
    assert schemes["OAuth2PasswordBearer"]["flows"]["password"]["tokenUrl"] == TOKEN


def test_no_example_holds_a_credential(server: Server):
    text = json.dumps(server.get("/openapi.json").json())
    assert '"example' not in text
    assert "eyJ" not in text


def test_under_an_issuer_with_a_path_everything_is_below_it(tmp_path):
    with running(tmp_path / "data", "--issuer", "https://example.org/auth") as server:
        server.user_add("ada@example.org", "hunter2")
        found = server.get("/auth/openapi.json").json()
        assert found["servers"] == [{"url": "/auth"}]
        assert found["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]["tokenUrl"] == (
            "/auth" + TOKEN
        )
        assert b'"/auth/docs/swagger-ui.css"' in server.get("/auth/docs").body
        assert server.get("/auth/docs/swagger-ui.css").status == 200
        assert server.get("/docs").status == server.get(ME).status == 404
        form = {"grant_type": "password", "username": "ada@example.org", "password": "hunter2"}
        token = server.post("/auth" + TOKEN, form).json()["access_token"]
        assert server.get("/auth" + ME, bearer=token).status == 200
        assert server.call("POST", "/auth" + CLIENTS, bearer=token).status == 201
