"""The rows of bad input that registration meets, by a person at our pages and by a program itself."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from lychgate.oauth import pkce
from support.person import PersonAtBrowser
from support.server import Reply, Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2-of-ada"
KNOWN = "Climate Notebook"
BACK = "https://phisher.example/cb"
FORMS = {  # each form of ours: the page that it is on, and what it sends besides its own fields
    "/me/clients/new": ("/me/clients/new", {"name": "Forged"}),
    "/wps/auth/client_registration/": ("/wps/auth/client_registration/", {"name": "Forged"}),
    "/me/clients/rotate": ("/me", {}),
    "/me/clients/remove": ("/me/clients/remove?id={client}", {}),
    "/me/programs/withdraw": ("/me", {}),
    "/me/sessions/revoke": ("/me", {}),
    "/me/sessions/revoke-others": ("/me", {}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("registration-rows") / "data") as started:
        started.user_add(EMAIL, PASSWORD, name="ada")
        yield started


def logged_in(server: Server) -> PersonAtBrowser:
    return PersonAtBrowser(server.url).open(f"{server.url}/me").log_in(EMAIL, PASSWORD)


def register(server: Server, **body: Any) -> Reply:
    kind = {"Content-Type": "application/json"}
    return server.call("POST", "/oauth2/register", body=json.dumps(body).encode(), headers=kind)


def asked(client: str, uri: str, **more: str) -> str:
    fields = {"response_type": "code", "client_id": client, "redirect_uri": uri, "scope": "openid"}
    fields |= {"code_challenge": pkce.challenge("v" * 43), "code_challenge_method": "S256"}
    return urlencode(fields | more)


def state_of(server: Server) -> Any:
    """All that one of the forms could change."""

    async def read(engine: Any) -> Any:
        user = await engine.store.user_by_login("ada")
        clients = await engine.store.clients(owner=user.id)
        sessions, families = await engine.store.sessions(user.id), await engine.store.families(user=user.id)
        return (
            [(one.id, one.secrets) for one in clients],
            [one.id for one in sessions],
            [(one.id, one.revoked_at) for one in families],
            await engine.store.consents(user.id),
        )

    return server.operate(read)


@pytest.fixture(scope="module")
def full(server: Server) -> Iterator[PersonAtBrowser]:
    """A person with a client, an allowed program with a login, and a second browser: each form is on the page."""
    other = logged_in(server)
    who = logged_in(server)
    who.open(f"{server.url}/me/clients/new").send({"name": "Laptop"})
    app = register(server, client_name="App", redirect_uris=[BACK], token_endpoint_auth_method="none").json()
    who.open(f"{server.url}/oauth2/authorize?{asked(app['client_id'], BACK)}").allow()
    form = {"grant_type": "authorization_code", "code": who.params["code"], "redirect_uri": BACK}
    given = server.post("/oauth2/token", form | {"client_id": app["client_id"], "code_verifier": "v" * 43})
    assert given.status == 200, given.body
    yield who
    who.close()
    other.close()


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize("how", ["no token", "foreign token", "cross-site", "null origin", "no cookie"])
def test_row_29_a_forged_form_changes_nothing(server: Server, full: PersonAtBrowser, action: str, how: str) -> None:
    page, more = FORMS[action]
    owner = _owner(server)
    client = server.operate(lambda engine: engine.store.clients(owner=owner))[0]
    full.open(server.url + page.format(client=f"{client.issuer}/{client.id}"))
    fields = {**full.form(action).fields, **more}
    before = state_of(server)
    headers = {"cross-site": {"Origin": "https://evil.example"}, "null origin": {"Origin": "null"}}.get(how, {})
    if how == "no token":
        fields.pop("csrf")
    elif how == "foreign token":
        stranger = logged_in(server)
        fields["csrf"] = stranger.open(f"{server.url}/me/clients/new").form("/me/clients/new").fields["csrf"]
        before = state_of(server)
        stranger.close()
    sender = PersonAtBrowser(server.url) if how == "no cookie" else full
    answer = sender._client.post(server.url + action, data=fields, headers=headers)
    assert answer.status_code == 403
    assert state_of(server) == before


def _owner(server: Server) -> str:
    return str(server.operate(lambda engine: engine.store.user_by_login("ada")).id)


@pytest.mark.parametrize("page", ["/me", "/me/clients/new", "/wps/auth/client_registration/"])
def test_row_31_a_page_is_framed_by_nobody_kept_by_nobody_and_tells_no_referrer(
    server: Server, full: PersonAtBrowser, page: str
) -> None:
    headers = full.open(server.url + page).page.headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")


@pytest.mark.parametrize("path", ["/me/clients/new", "/wps/auth/client_registration/"])
def test_row_31_a_secret_is_on_one_page_once(server: Server, path: str) -> None:
    email = f"{len(path)}@example.org"
    server.user_add(email, PASSWORD)
    who = PersonAtBrowser(server.url).open(server.url + path).log_in(email, PASSWORD)
    form = {**who.form(path).fields, "name": "Once"}
    first = who._client.post(server.url + path, data=form)
    secret = html.unescape(first.text.split('<input id="secret" value="', 1)[1].split('"', 1)[0])
    assert first.headers["cache-control"] == "no-store"
    again = who._client.post(server.url + path, data=form)
    looked = who._client.get(server.url + path)
    mine = who._client.get(f"{server.url}/me")
    assert again.status_code == 410
    assert all(secret not in page.text for page in (again, looked, mine))
    assert looked.status_code == (410 if path.startswith("/wps") else 200)  # the other is the form for a new one
    who.close()


@pytest.mark.parametrize(
    "wish",
    [
        {"id": "chosen"},
        {"client_id": "chosen"},
        {"scopes": "admin"},
        {"scope": "admin"},
        {"grants": "password"},
        {"methods": "none"},
        {"audiences": "https://elsewhere.example"},
        {"owner": "root"},
        {"once": "chosen"},
    ],
)
def test_row_28_a_person_chooses_nothing_but_the_name_of_a_client(server: Server, wish: dict[str, str]) -> None:
    who = logged_in(server)
    who.open(f"{server.url}/me/clients/new")
    who.page = who._client.post(
        f"{server.url}/me/clients/new", data={**who.form("/me/clients/new").fields, "name": "Mine", **wish}
    )
    id = who.page.text.split('<input id="client" value="', 1)[1].split('"', 1)[0]
    made = server.operate(lambda engine: engine.store.client("main", id))
    assert "chosen" not in id
    assert (made.owner, made.name) == (_owner(server), "Mine")
    assert (made.scopes, made.audiences, made.resources, made.groups) == ((), (), (), ())
    assert made.grants == {"client_credentials"}
    assert "none" not in made.methods
    who.close()


def test_row_28_a_token_that_manages_one_client_manages_no_other(server: Server) -> None:
    one, other = (register(server, client_name=name, redirect_uris=[BACK]).json() for name in "ab")
    for method in ("GET", "DELETE"):
        path = f"/oauth2/register?client_id={other['client_id']}"
        assert server.call(method, path, bearer=one["registration_access_token"]).status == 401
    assert server.operate(lambda engine: engine.store.client("main", other["client_id"])) is not None


METADATA = (
    {},
    {"prompt": "none"},
    {"consentRequired": False},
    {"require_consent": False},
    {"skip_consent": True},
    {"registered": ""},
    {"extra": {"registered": ""}},
    {"application_type": "native", "redirect_uris": ["http://127.0.0.1/cb"]},
)


@pytest.mark.parametrize("more", METADATA, ids=lambda more: next(iter(more), "plain"))
def test_row_49_a_program_that_registered_itself_is_said_to_and_never_spared_the_question(
    server: Server, more: dict[str, Any]
) -> None:
    body = {"client_name": KNOWN, "client_uri": "https://phisher.example/", "redirect_uris": [BACK], **more}
    made = register(server, **body)
    if made.status == 400:  # metadata that is not known here is refused
        assert made.error == "invalid_client_metadata"
        return
    client, uri = made.json()["client_id"], body["redirect_uris"][0]
    who = logged_in(server).open(f"{server.url}/oauth2/authorize?{asked(client, uri)}")
    assert who.left_to == ""
    assert {value for _, value in who.form("/allow").buttons} == {"allow", "refuse"}
    assert "Registered by itself" in who.page.text
    assert "phisher.example" in who.page.text
    who.open(f"{server.url}/oauth2/authorize?{asked(client, uri, prompt='none')}")
    assert who.params["error"] == "consent_required"
    who.close()


def test_row_49_the_host_that_the_answer_goes_to_is_shown_whatever_the_program_says_of_itself(server: Server) -> None:
    body = {"client_name": KNOWN, "client_uri": "https://trusted.example/", "redirect_uris": [BACK]}
    made = register(server, **body).json()
    who = logged_in(server).open(f"{server.url}/oauth2/authorize?{asked(made['client_id'], BACK)}")
    assert "trusted.example" in who.page.text
    assert "phisher.example" in who.page.text
    who.close()
