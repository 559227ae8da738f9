"""The code grant over real sockets, with a person who fills in our pages' forms."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from lychgate.oauth import pkce
from support.person import PersonAtBrowser
from support.server import Made, Server, running

BACK = "http://127.0.0.1:8888"
EMAIL, PASSWORD = "ada@example.org", "hunter2"
VERIFIER = "v" * 43


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture
def client(server: Server) -> Made:
    return server.client_add(
        methods=["none"], grants=["authorization_code", "refresh_token"], redirect_uris=(BACK,), scopes=("read",)
    )


@pytest.fixture
def person(server: Server) -> Iterator[PersonAtBrowser]:
    person = PersonAtBrowser(server.url)
    yield person
    person.close()


def request(server: Server, client: Made, **changed: str | None) -> str:
    params = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": BACK,
        "state": "s 1&<>",
        "scope": "openid read",
        "nonce": "n",
        "code_challenge": pkce.challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | changed
    kept = {name: value for name, value in params.items() if value is not None}
    return f"{server.url}/oauth2/authorize?{urlencode(kept)}"


def log_in(server: Server, client: Made, person: PersonAtBrowser, **changed: str | None) -> dict[str, str]:
    person.open(request(server, client, **changed)).log_in(EMAIL, PASSWORD)
    if not person.left_to:
        person.allow()
    return person.params


def exchange(server: Server, client: Made, code: str, **changed: str | None) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    form |= {"client_id": client.id} | changed
    return server.post("/oauth2/token", {name: value for name, value in form.items() if value is not None})


def test_a_person_logs_in_allows_and_the_program_gets_its_tokens(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    params = log_in(server, client, person)
    assert (params["state"], params["iss"]) == ("s 1&<>", server.issuer)
    reply = exchange(server, client, params["code"])
    assert reply.status == 200
    body = reply.json()
    assert body["scope"] == "openid read"
    assert {"access_token", "refresh_token", "id_token", "expires_in", "token_type"} <= set(body)
    told = server.get("/userinfo", bearer=body["access_token"]).json()
    assert told["sub"]


def test_the_second_time_nothing_is_asked(server: Server, client: Made, person: PersonAtBrowser) -> None:
    log_in(server, client, person)
    first = person.open(request(server, client)).params["code"]
    again = person.open(request(server, client)).params["code"]
    assert first != again
    assert exchange(server, client, first).status == exchange(server, client, again).status == 200


def test_a_new_scope_is_asked_for_again(server: Server, client: Made, person: PersonAtBrowser) -> None:
    log_in(server, client, person, scope="openid")
    person.open(request(server, client))
    assert not person.left_to
    assert "Read your data" in person.page.text


def test_refusing_tells_the_program(server: Server, client: Made, person: PersonAtBrowser) -> None:
    person.open(request(server, client)).log_in(EMAIL, PASSWORD).send({"answer": "refuse"})
    assert person.params["error"] == "access_denied"
    assert person.params["iss"] == server.issuer


def test_a_wrong_password_shows_the_page_again_and_the_right_one_goes_on(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    person.open(request(server, client)).log_in(EMAIL, "wrong")
    assert person.page.status_code == 403
    unknown = PersonAtBrowser(server.url).open(request(server, client)).log_in("nobody@example.org", "wrong")
    assert unknown.page.status_code == 403
    person.log_in(EMAIL, PASSWORD).allow()
    assert "code" in person.params


@pytest.mark.parametrize(
    ("prompt", "error"), [("none", "login_required"), ("none login", "invalid_request"), ("x", "invalid_request")]
)
def test_prompts_that_cannot_be_met_tell_the_program(
    server: Server, client: Made, person: PersonAtBrowser, prompt: str, error: str
) -> None:
    assert person.open(request(server, client, prompt=prompt)).params["error"] == error


def test_prompt_none_after_a_login_gets_a_code(server: Server, client: Made, person: PersonAtBrowser) -> None:
    log_in(server, client, person)
    assert "code" in person.open(request(server, client, prompt="none")).params


def test_prompt_login_asks_again_once(server: Server, client: Made, person: PersonAtBrowser) -> None:
    log_in(server, client, person)
    person.open(request(server, client, prompt="login"))
    assert not person.left_to
    assert "code" in person.log_in(EMAIL, PASSWORD).params


def test_max_age_wants_a_fresh_login(server: Server, client: Made, person: PersonAtBrowser) -> None:
    log_in(server, client, person)
    assert "code" in person.open(request(server, client, max_age="3600")).params
    person.open(request(server, client, max_age="0"))
    assert not person.left_to


REGISTERED = "https://a.example/cb"
ROW_1 = [
    "https://a.example/cb/../x", "https://a.example/cb/..;/", "https://a.example/cb;x=1", "https://a.example/cb?x=1",
    "https://a.example/cb#", "https://u@a.example/cb", "https://a@@a.example/cb", "https://a.example/CB",
    "https://a.example/%2fcb", "https://a.example\\cb", "https://a.example./cb", "https://[::1]/cb", "//a.example/cb",
    "http://localhost.evil/cb", "http://127.0.0.1.evil/cb", "https://127.0.0.1/cb", "http://127.0.0.1/other",
    "http://127.0.0.1:1@evil/", "javascript:alert(1)", "http://127.0.0.1:99999999/",
]  # fmt: skip


@pytest.mark.parametrize("uri", ROW_1)
@pytest.mark.parametrize("spoilt", [{}, {"prompt": "none"}, {"scope": "bad"}, {"response_type": "token"}])
def test_rows_1_2_and_4_an_unregistered_redirect_is_a_page_and_never_a_redirect(
    server: Server, person: PersonAtBrowser, uri: str, spoilt: dict[str, str]
) -> None:
    client = server_client(server)
    person.open(request(server, client, redirect_uri=uri, **spoilt))
    assert person.page.status_code == 400
    assert not person.left_to
    assert "location" not in person.page.headers


_made: dict[int, Made] = {}


def server_client(server: Server) -> Made:
    """One client for all of the row: registered at https://a.example/cb and on this machine."""
    if id(server) not in _made:
        _made[id(server)] = server.client_add(
            methods=["none"],
            grants=["authorization_code"],
            redirect_uris=(REGISTERED, "http://127.0.0.1/cb"),
            scopes=("read",),
        )
    return _made[id(server)]


@pytest.mark.parametrize("uri", [REGISTERED, "http://127.0.0.1/cb", "http://127.0.0.1:61234/cb"])
def test_row_2_only_the_port_of_a_loopback_address_may_differ(
    server: Server, person: PersonAtBrowser, uri: str
) -> None:
    person.open(request(server, server_client(server), redirect_uri=uri))
    assert person.page.status_code == 200


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "nonce"])
def test_row_5_a_doubled_parameter_is_refused(server: Server, client: Made, person: PersonAtBrowser, name: str) -> None:
    person.open(request(server, client) + f"&{name}=x")
    assert person.page.status_code == 400
    assert not person.left_to


def test_row_6_of_50_who_send_a_code_at_once_one_gets_tokens_and_they_are_revoked(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    code = log_in(server, client, person)["code"]
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: exchange(server, client, code), range(50)))
    assert sorted(reply.status for reply in replies) == [200] + [400] * 49
    assert {reply.error for reply in replies if reply.status == 400} == {"invalid_grant"}
    body = next(reply.json() for reply in replies if reply.status == 200)
    assert server.get("/userinfo", bearer=body["access_token"]).status == 401
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"], "client_id": client.id}
    assert server.post("/oauth2/token", form).error == "invalid_grant"


def test_row_7_a_code_works_only_for_its_client_and_redirect_and_the_victim_goes_on(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    code = log_in(server, client, person)["code"]
    other = server.client_add(methods=["none"], grants=["authorization_code"], redirect_uris=(BACK,))
    assert exchange(server, other, code).error == "invalid_grant"
    assert exchange(server, client, code, redirect_uri="http://127.0.0.1:9").error == "invalid_grant"
    assert exchange(server, client, code, redirect_uri=None).error == "invalid_grant"
    assert exchange(server, client, code).status == 200


@pytest.mark.parametrize("verifier", [None, "w" * 43, "v" * 42, "v" * 44, pkce.challenge(VERIFIER)])
def test_row_8_a_wrong_or_missing_verifier_is_refused(
    server: Server, client: Made, person: PersonAtBrowser, verifier: str | None
) -> None:
    code = log_in(server, client, person)["code"]
    assert exchange(server, client, code, code_verifier=verifier).error == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "short"},
    ],
)
def test_row_8_a_request_without_s256_is_refused(
    server: Server, client: Made, person: PersonAtBrowser, changed: dict[str, str | None]
) -> None:
    assert person.open(request(server, client, **changed)).params["error"] == "invalid_request"


@pytest.mark.parametrize("kind", ["token", "code token", "code  token", "id_token", "CODE", "none"])
def test_row_38_other_response_types_are_unsupported(
    server: Server, client: Made, person: PersonAtBrowser, kind: str
) -> None:
    assert person.open(request(server, client, response_type=kind)).params["error"] == "unsupported_response_type"


def test_row_29_a_form_from_another_site_or_without_our_token_changes_nothing(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    person.open(request(server, client))
    login = {"name": EMAIL, "password": PASSWORD}
    page = person.page
    for spoilt in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert person.send(login, **spoilt).page.status_code == 403
        person.page = page
    assert person.send({**login, "csrf": "x"}).page.status_code == 403
    person.open(request(server, client, prompt="none"))
    assert person.params["error"] == "login_required"


def test_row_30_a_cookie_from_before_the_login_is_worth_nothing_after_it(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    person.open(request(server, client))
    before = dict(person._client.cookies)
    person.log_in(EMAIL, PASSWORD)
    assert dict(person._client.cookies) != before
    thief = PersonAtBrowser(server.url)
    thief._client.cookies.update(before)
    assert thief.open(request(server, client, prompt="none")).params["error"] == "login_required"


def test_row_31_no_page_can_be_framed_or_kept(server: Server, client: Made, person: PersonAtBrowser) -> None:
    headers = person.open(request(server, client)).page.headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"


def test_row_35_what_a_program_sends_is_shown_escaped(server: Server, client: Made, person: PersonAtBrowser) -> None:
    evil = "<script>alert(1)</script>\r\nX-Evil: 1"
    page = person.open(request(server, client, login_hint=evil, state=evil)).page
    assert "<script>alert" not in page.text
    assert "x-evil" not in page.headers


def test_row_39_the_issuer_stands_in_success_and_in_error(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    assert log_in(server, client, person)["iss"] == server.issuer
    assert person.open(request(server, client, scope="nope")).params["iss"] == server.issuer


def test_row_44_a_resource_that_was_not_allowed_is_no_target(
    server: Server, client: Made, person: PersonAtBrowser
) -> None:
    code = log_in(server, client, person)["code"]
    assert exchange(server, client, code, resource="https://evil.example").error == "invalid_target"


def test_row_15_after_a_logout_the_refresh_token_is_dead(server: Server, client: Made, person: PersonAtBrowser) -> None:
    body = exchange(server, client, log_in(server, client, person)["code"]).json()
    person.open(f"{server.url}/logout").send({"answer": "log_out"})
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"], "client_id": client.id}
    assert server.post("/oauth2/token", form).error == "invalid_grant"
    assert server.get("/userinfo", bearer=body["access_token"]).status == 401


def test_form_post_and_fragment_carry_the_same_answer(server: Server, client: Made, person: PersonAtBrowser) -> None:
    log_in(server, client, person)
    fields = person.open(request(server, client, response_mode="form_post")).form(BACK).fields
    assert fields["state"] == "s 1&<>"
    left = person.open(request(server, client, response_mode="fragment")).left_to
    assert "code" in parse_qs(urlsplit(left).fragment)


def test_a_person_outside_the_clients_groups_is_told_which(server: Server, person: PersonAtBrowser) -> None:
    client = server.client_add(
        methods=["none"], grants=["authorization_code"], redirect_uris=(BACK,), scopes=("read",), groups=("physics",)
    )
    person.open(request(server, client)).log_in(EMAIL, PASSWORD)
    assert person.page.status_code == 403
    assert "physics" in person.page.text


def test_no_password_code_or_token_is_in_the_servers_log(
    server: Server, client: Made, person: PersonAtBrowser, tmp_path: Path
) -> None:
    code = log_in(server, client, person)["code"]
    body = exchange(server, client, code).json()
    text = "\n".join(server.said)
    for hidden in (PASSWORD, code, body["access_token"], body["refresh_token"], body["id_token"]):
        assert hidden not in text
