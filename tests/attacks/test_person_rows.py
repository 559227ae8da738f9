"""The rows of bad input that a person's login meets at the server, where no test of an endpoint has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lychgate.oauth import pkce
from support.person import PersonAtBrowser
from support.server import Made, Server, poll, running

BACK, VERIFIER = "http://127.0.0.1:8888", "v" * 43
EMAIL, PASSWORD = "ada@example.org", "hunter2"
INNER = ("https://127.0.0.1/x", "https://169.254.169.254/x", "https://[::ffff:10.0.0.1]/x")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("person-rows") / "data") as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture
def app(server: Server) -> Made:
    grants = ["authorization_code", "refresh_token"]
    return server.client_add(methods=["none"], grants=grants, redirect_uris=(BACK,), scopes=("read",))


def code_of(server: Server, app: Made, scope: str = "") -> str:
    asked = f"response_type=code&scope={scope}&client_id={app.id}&redirect_uri={BACK}"
    asked += f"&code_challenge={pkce.challenge(VERIFIER)}"
    person = PersonAtBrowser(server.url).open(f"{server.url}/oauth2/authorize?{asked}&code_challenge_method=S256")
    person.log_in(EMAIL, PASSWORD)
    return (person if person.left_to else person.allow()).params["code"]


def exchange(server: Server, app: Made, code: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return server.post("/oauth2/token", form | {"client_id": app.id})


def test_row_11_a_code_from_before_its_client_was_disabled_is_worth_nothing_once_it_is_enabled_again(
    server: Server, app: Made
) -> None:
    code = code_of(server, app)
    disabled = server.client_edit(app, active=False)
    poll(lambda: exchange(server, app, "x").error == "invalid_client")
    assert exchange(server, app, code).error == "invalid_client"
    server.client_edit(Made(disabled), active=True)
    poll(lambda: exchange(server, app, "x").error == "invalid_grant")
    assert exchange(server, app, code).error == "invalid_grant"
    assert exchange(server, app, code_of(server, app)).status == 200


def test_row_19_an_id_token_or_refresh_token_of_a_login_is_no_access_token(server: Server, app: Made) -> None:
    given = exchange(server, app, code_of(server, app, "openid")).json()
    assert server.get("/userinfo", bearer=given["access_token"]).status == 200
    for name in ("id_token", "refresh_token"):
        refused = server.get("/userinfo", bearer=given[name])
        assert (refused.status, refused.error) == (401, "invalid_token")


def test_row_9_of_50_who_refresh_a_login_at_once_all_get_one_successor(server: Server, app: Made) -> None:
    given = exchange(server, app, code_of(server, app)).json()
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": app.id}
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda _: server.post("/oauth2/token", form), range(50)))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json()["refresh_token"] for reply in replies}) == 1


@pytest.mark.parametrize("uri", INNER)
@pytest.mark.parametrize("name", ["sector_identifier_uri", "logo_uri"])
def test_row_27_no_uri_of_a_registration_may_lead_inside(server: Server, name: str, uri: str) -> None:
    metadata = {"redirect_uris": [BACK], name: uri}
    body = json.dumps(metadata).encode()
    reply = server.call("POST", "/oauth2/register", body=body, headers={"Content-Type": "application/json"})
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")
