"""The administration over real sockets: for administrators alone, a page at a time, and each deed in the audit log."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from lychgate.oauth import jose
from support.person import PersonAtBrowser
from support.server import Made, Server, running

ROOT, ADA, PASSWORD = "root@example.org", "ada@example.org", "hunter2-of-all"
PAGES = ("", "/users", "/users/new", "/clients", "/clients/new", "/clients/app", "/sessions", "/keys", "/audit")
WRONG = 'x" OR 1=1; DROP TABLE users; --', "a\0b", "%", "_", "é" * 3000, "' UNION SELECT 1 --", "9" * 5000
NASTY = "<script>alert(1)</script>\"'<img src=x>"
RTL = "ليلى العامري"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    named = 'display_name = "Example Climate Centre"\ncontact = "help@example.org"\n'
    with running(tmp_path_factory.mktemp("administration"), toml=named) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> Any:
    return server.user_add(ADA, PASSWORD, roles=("reader",), groups=("staff",))


@pytest.fixture(scope="module")
def app(server: Server) -> Made:
    ways = ["authorization_code", "password", "refresh_token"]
    return server.client_add("app", grants=ways, redirect_uris=("http://127.0.0.1",), scopes=("read",))


@pytest.fixture(scope="module")
def root(server: Server, app: Made) -> Iterator[PersonAtBrowser]:
    server.user_add(ROOT, PASSWORD, superuser=True)
    yield from _logged_in(server, ROOT)


@pytest.fixture
def somebody(server: Server, ada: Any) -> Iterator[PersonAtBrowser]:
    yield from _logged_in(server, ADA)


def _logged_in(server: Server, who: str) -> Iterator[PersonAtBrowser]:
    person = PersonAtBrowser(server.url)
    person.open(f"{server.url}/login").log_in(who, PASSWORD)
    yield person
    person.close()


def at(server: Server, person: PersonAtBrowser, path: str) -> str:
    return str(person.open(f"{server.url}/admin{path}").page.text)


def press(server: Server, person: PersonAtBrowser, path: str) -> PersonAtBrowser:
    """Open a question and answer yes."""
    person.open(f"{server.url}/admin{path}")
    return person.send({}, action=f"/admin{path}")


def is_in(server: Server, person: PersonAtBrowser) -> bool:
    """Whether somebody who is no administrator is logged in: they are refused, where a stranger may log in."""
    at(server, person, "")
    return bool(person.page.status_code == 403)


def id_of(server: Server, who: str) -> str:
    return str(server.operate(lambda engine: engine.store.user_by_login(who)).id)


def noted(server: Server, event: str) -> Any:
    async def read(engine: Any) -> Any:
        return await engine.store.audit(event=event)

    return server.operate(read)[-1]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_but_an_administrator_sees_a_page(
    server: Server, somebody: PersonAtBrowser, root: PersonAtBrowser, path: str
) -> None:
    assert "Sign out" not in at(server, somebody, path)
    assert somebody.page.status_code == 403
    assert "for administrators" in somebody.page.text
    stranger = PersonAtBrowser(server.url)
    at(server, stranger, path)
    assert stranger.form(names={"name", "password"}).action.endswith("/login")
    stranger.close()
    at(server, root, path)
    assert root.page.status_code == 200


def test_an_address_with_nothing_at_it_is_a_page_for_a_person_and_an_error_for_a_program(server: Server) -> None:
    seen = server.get("/nosuch", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (seen.status, b"There is no page here" in seen.body) == (404, True)
    assert server.get("/nosuch").error == "invalid_request"


def test_a_client_that_the_server_brought_along_was_never_made(server: Server, root: PersonAtBrowser) -> None:
    page = at(server, root, "/clients")
    assert "built in" in page
    assert "1970" not in page + at(server, root, "/clients/climate-engine")


def test_a_page_says_what_the_service_is_called_where_it_is_and_whom_to_ask(server: Server) -> None:
    page = server.get("/login").body.decode()
    assert "<b><bdi>Example Climate Centre</bdi></b>" in page
    assert f"<span>{urlsplit(server.issuer).netloc}</span>" in page
    assert 'Cannot log in? Ask <a href="mailto:help@example.org">' in page


def test_row_29_a_forged_form_changes_nothing(server: Server, root: PersonAtBrowser, ada: Any, app: Made) -> None:
    for path in (f"/users/{ada.id}/disable", "/clients/app/remove", "/clients/app/rotate-secret", "/keys/rotate"):
        for forged, headers in (
            ("", {}),
            ("x" * 43, {}),
            (None, {"Origin": "null"}),
            (None, {"Origin": "http://evil"}),
        ):
            root.open(f"{server.url}/admin{path}")
            sent = {} if forged is None else {"csrf": forged}
            assert root.send(sent, action=f"/admin{path}", **headers).page.status_code == 403, path
    assert "disabled" not in at(server, root, f"/users/{ada.id}")
    assert at(server, root, "/clients/app")


def test_a_user_without_the_right_cannot_press_what_they_cannot_see(
    server: Server, somebody: PersonAtBrowser, root: PersonAtBrowser, ada: Any
) -> None:
    somebody.open(f"{server.url}/logout")
    somebody.page = somebody._client.post(  # the token of a form of theirs, sent where it does not belong
        f"{server.url}/admin/users/{ada.id}/promote", data=somebody.form().fields
    )
    assert somebody.page.status_code == 403
    assert "administrator</span>" not in at(server, root, f"/users/{ada.id}")


def test_a_user_is_made_changed_disabled_enabled_and_removed(server: Server, root: PersonAtBrowser) -> None:
    at(server, root, "/users/new")
    made = root.send({"email": "bob@example.org", "password": PASSWORD, "roles": "a b", "groups": "g"}).page
    id = str(made.url).rpartition("/")[2]
    assert "bob@example.org" in made.text
    assert noted(server, "user.add").detail["by"] == id_of(server, ROOT)
    bob = next(_logged_in(server, "bob@example.org"))
    assert is_in(server, bob)
    at(server, root, f"/users/{id}/edit")
    root.send({"name": "Bob", "roles": "c", "email": "bob@example.org"})
    assert noted(server, "user.edit").detail["fields"] == "name roles"
    press(server, root, f"/users/{id}/disable")
    assert "disabled</span>" in root.page.text
    assert noted(server, "user.disable").user == id
    assert not is_in(server, bob)
    press(server, root, f"/users/{id}/enable")
    press(server, root, f"/users/{id}/promote")
    assert "administrator</span>" in root.page.text
    press(server, root, f"/users/{id}/demote")
    press(server, root, f"/users/{id}/forget-factors")
    issued = server.get("/DEMO-SITE/rest/core/token?lifetime=600", basic=("bob", PASSWORD)).body.decode()
    assert "Issued tokens" in at(server, root, f"/users/{id}")
    press(server, root, f"/users/{id}/revoke-tokens")
    assert "Issued tokens" not in root.page.text
    assert server.get("/DEMO-SITE/rest/core", bearer=issued).status == 403
    press(server, root, f"/users/{id}/log-out")
    press(server, root, f"/users/{id}/remove")
    at(server, root, f"/users/{id}")
    assert root.page.status_code == 404
    bob.close()


def test_what_does_not_fit_is_said_beside_its_field(server: Server, root: PersonAtBrowser, ada: Any) -> None:
    for fields, said in (
        ({"email": "nonsense"}, "not an e-mail address"),
        ({"email": ADA}, "another user logs in as"),
        ({"email": "c@example.org", "password": "x"}, "A password has at least"),
        ({"email": "c@example.org", "roles": "a,b"}, "without comma"),
    ):
        at(server, root, "/users/new")
        root.send(fields)
        assert root.page.status_code == 400
        assert said.casefold() in unescape(root.page.text).casefold()


def test_a_new_password_ends_what_came_before_it(server: Server, root: PersonAtBrowser) -> None:
    user = server.user_add("eve@example.org", PASSWORD)
    eve = next(_logged_in(server, "eve@example.org"))
    at(server, root, f"/users/{user.id}/edit")
    root.send({"password": "another-password", "email": "eve@example.org"})
    assert not is_in(server, eve)
    eve.open(f"{server.url}/login").log_in("eve@example.org", "another-password")
    assert is_in(server, eve)
    assert noted(server, "user.password").user == user.id
    eve.close()


def test_the_last_administrator_stays(server: Server, root: PersonAtBrowser) -> None:
    id = id_of(server, ROOT)
    for deed in ("disable", "demote", "remove"):
        at(server, root, f"/users/{id}/{deed}")
        assert root.page.status_code == 403
        assert "last administrator" in root.page.text
        at(server, root, f"/users/{id}/log-out")  # a form that is ours, sent where there is none
        fields = root.form(f"/users/{id}/log-out").fields
        answer = root._client.post(f"{server.url}/admin/users/{id}/{deed}", data=fields)
        assert answer.status_code == 403
    assert "administrator</span>" in at(server, root, f"/users/{id}")


def test_a_client_is_made_its_secret_shown_once_rotated_and_removed(server: Server, root: PersonAtBrowser) -> None:
    at(server, root, "/clients/new")
    fields = {"name": "Robot", "grants": "client_credentials", "methods": "client_secret_basic", "scopes": "read"}
    root.send({**fields, "audiences": "https://api.example.org"}, action="/admin/clients/new")
    id, secret = _shown(root.page.text)
    token = server.token(Made(server.operate(lambda engine: engine.store.client("main", id)), secret))
    assert jose.peek(token)[1]["aud"] == [server.issuer, "https://api.example.org"]
    assert secret not in at(server, root, f"/clients/{id}")
    press(server, root, f"/clients/{id}/rotate-secret")
    assert _shown(root.page.text)[0] == id
    assert _shown(root.page.text)[1] != secret
    press(server, root, f"/clients/{id}/disable")
    assert "disabled</span>" in root.page.text
    assert server.post("/oauth2/token", {"grant_type": "client_credentials"}, basic=(id, secret)).status == 401
    press(server, root, f"/clients/{id}/enable")
    at(server, root, f"/clients/{id}/edit")
    root.send({"name": "Renamed", "lifetime": "nonsense"}, action="/edit")
    assert root.page.status_code == 400
    press(server, root, f"/clients/{id}/log-out")
    press(server, root, f"/clients/{id}/remove")
    at(server, root, f"/clients/{id}")
    assert root.page.status_code == 404
    assert noted(server, "client.remove").client == id


def test_a_client_that_shows_a_certificate_is_edited_without_losing_it(server: Server, root: PersonAtBrowser) -> None:
    extra = {"tls_client_auth_san_dns": "robot.example.org", "dpop_bound_access_tokens": True}
    made = server.client_add(methods=["tls_client_auth"], extra=extra)
    assert "to a key (DPoP)" in at(server, root, f"/clients/{made.id}")
    assert re.search(r'value="tls_client_auth"\s+checked', at(server, root, f"/clients/{made.id}/edit"))
    fields = {"name": "Renamed", "grants": "client_credentials", "methods": "tls_client_auth"}
    root.send(fields, action="/edit")
    found = server.operate(lambda engine: engine.store.client("main", made.id))
    assert (found.name, found.methods, found.extra) == ("Renamed", {"tls_client_auth"}, extra)


def test_what_a_client_hears_of_logouts_is_set_shown_and_checked(server: Server, root: PersonAtBrowser) -> None:
    made = server.client_add(extra={"dpop_bound_access_tokens": True})
    fields = {"name": "RP", "grants": "client_credentials", "methods": "client_secret_basic"}
    hearing = {"backchannel_logout_uri": "https://rp.example.org/out", "backchannel_logout_session_required": "yes"}
    after = {"post_logout_redirect_uris": "https://rp.example.org/a\nhttps://rp.example.org/b"}
    at(server, root, f"/clients/{made.id}/edit")
    root.send({**fields, **hearing, "post_logout_redirect_uris": "http://rp.example.org/a"}, action="/edit")
    assert (root.page.status_code, 'id="post_logout_redirect_uris-error"' in root.page.text) == (400, True)
    root.send({**fields, **after, "backchannel_logout_uri": "https://127.0.0.1/out"}, action="/edit")
    assert (root.page.status_code, 'id="backchannel_logout_uri-error"' in root.page.text) == (400, True)
    root.send({**fields, **hearing, **after}, action="/edit")
    page = at(server, root, f"/clients/{made.id}")
    assert all(uri in page for uri in ("https://rp.example.org/out", "https://rp.example.org/b"))
    found = server.operate(lambda engine: engine.store.client("main", made.id))
    assert found.extra == {
        "dpop_bound_access_tokens": True,
        "backchannel_logout_uri": "https://rp.example.org/out",
        "backchannel_logout_session_required": True,
        "post_logout_redirect_uris": ["https://rp.example.org/a", "https://rp.example.org/b"],
    }


def _shown(html: str) -> tuple[str, str]:
    values = dict(re.findall(r'<(?:input|output|textarea)[^>]*id="(client|secret)"[^>]*value="([^"]*)"', html))
    return values["client"], values["secret"]


def test_the_preview_is_what_a_token_holds(server: Server, root: PersonAtBrowser, ada: Any, app: Made) -> None:
    page = unescape(at(server, root, f"/clients/app?user={ADA}"))
    previewed = [json.loads(text) for text in re.findall(r"<pre>(.*?)</pre>", page, re.S)]
    form = {"grant_type": "password", "username": ADA, "password": PASSWORD, "scope": "read"}
    reply = server.post("/oauth2/token", form, basic=app.pair)
    assert reply.status == 200, reply.body
    real = jose.peek(reply.json()["access_token"])[1]
    each = {"iat", "exp", "jti", "fam", "scope"}
    assert {k: v for k, v in previewed[0].items() if k not in each} == {k: v for k, v in real.items() if k not in each}
    assert previewed[1]["aud"] == "app"
    assert previewed[1]["sub"] == previewed[2]["sub"] == real["sub"]
    assert previewed[2]["email"] == ADA
    assert "eyJ" not in page, "nothing that looks like a signed token"


def test_the_preview_says_why_there_would_be_no_token(server: Server, root: PersonAtBrowser, ada: Any) -> None:
    server.client_add("closed", grants=["password"], groups=("others",))
    assert "none of the groups" in at(server, root, f"/clients/closed?user={ADA}")
    assert "There is no user" in at(server, root, "/clients/closed?user=zz")


def test_a_session_is_ended_from_the_list(server: Server, root: PersonAtBrowser, ada: Any) -> None:
    person = next(_logged_in(server, ADA))
    page = at(server, root, f"/sessions?q={ADA}")
    for path in re.findall(r"/admin(/sessions/[0-9a-f-]{36}/end)", page):
        press(server, root, path)
    assert "No session fits" in at(server, root, f"/sessions?q={ADA}")
    assert not is_in(server, person)
    person.close()


def test_a_programs_login_is_ended_from_the_list(server: Server, root: PersonAtBrowser, ada: Any, app: Made) -> None:
    form = {"grant_type": "password", "username": ADA, "password": PASSWORD, "scope": "read"}
    given = server.post("/oauth2/token", form, basic=app.pair).json()
    for path in re.findall(r"/admin(/sessions/[0-9a-f-]{36}/end)", at(server, root, "/sessions?q=app")):
        press(server, root, path)
    assert not server.is_active(given["access_token"], app)
    renewal = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert server.post("/oauth2/token", renewal, basic=app.pair).error == "invalid_grant"


def test_a_key_is_rotated(server: Server, root: PersonAtBrowser) -> None:
    before = len(server.get("/jwks").json()["keys"])
    press(server, root, "/keys/rotate")
    assert "next to sign" in root.page.text
    deadline = time.monotonic() + 10
    while len(server.get("/jwks").json()["keys"]) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(server.get("/jwks").json()["keys"]) == before + 1
    assert noted(server, "keys.rotate").detail["by"]


def test_lists_are_paged_and_the_audit_log_is_chosen_from(server: Server, root: PersonAtBrowser) -> None:
    async def many(engine: Any) -> None:
        from lychgate.server.model import AuditRow, User

        for n in range(45):
            await engine.store.add_user(User(f"many-{n}", f"many{n}@example.org", f"many{n}", None, created_at=n + 1))
        await engine.store.write_audit([AuditRow(1, "main", "many", user=f"many-{n}") for n in range(45)])

    server.operate(many)
    seen: list[str] = []
    page = at(server, root, "/users?q=many")
    while True:
        seen += re.findall(r'href="/admin/users/many-(\d+)"', page)
        older = re.search(r'rel="next" href="/admin([^"]+)"', page)
        if older is None:
            break
        page = at(server, root, unescape(older[1]))
    assert seen == [str(n) for n in reversed(range(45))]
    assert "41–45" in page
    page = at(server, root, "/audit?event=many")
    assert page.count('<tr role="row">') == 21
    page = at(server, root, unescape(re.findall(r'rel="next" href="/admin([^"]+)"', page)[0]))
    assert "21–40" in page
    assert at(server, root, "/audit?q=many7@example.org&outcome=ok").count('<tr role="row">') == 2
    assert "Nothing fits" in at(server, root, "/audit?event=many&outcome=refused")


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("path", ["", "/users", "/clients", "/sessions", "/audit"])
def test_row_41_whatever_is_searched_for_is_only_text(
    server: Server, root: PersonAtBrowser, path: str, wrong: str
) -> None:
    root.page = root._client.get(f"{server.url}/admin{path}", params={"q": wrong, "page": wrong, "before": wrong})
    assert root.page.status_code == 200
    root.page = root._client.get(f"{server.url}/admin/clients/app", params={"user": wrong})
    assert root.page.status_code == 200
    for id in ("zz%00", "..%2f..%2fetc", "%22%3E", "9" * 3000):
        assert root._client.get(f"{server.url}/admin/users/{id}").status_code == 404
        assert root._client.get(f"{server.url}/admin/sessions/{id}/end").status_code == 404


def test_row_35_names_are_shown_and_never_obeyed(server: Server, root: PersonAtBrowser) -> None:
    nasty = server.user_add("nasty@example.org", PASSWORD, name=NASTY)
    rtl = server.user_add("layla@example.org", PASSWORD, name=RTL)
    client = server.client_add("nasty", name=NASTY, owner=nasty.id)
    next(_logged_in(server, "nasty@example.org")).close()
    paths = (
        "?q=nasty",
        "/users",
        f"/users/{nasty.id}",
        f"/users/{nasty.id}/disable",
        "/clients",
        f"/clients/{client.id}",
    )
    for path in (*paths, f"/clients/{client.id}/remove", "/sessions", "/audit", f"/users/{nasty.id}/edit"):
        page = at(server, root, path)
        assert root.page.status_code == 200
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    assert f"<bdi>{RTL}</bdi>" in at(server, root, f"/users/{rtl.id}")


def test_row_25_no_page_holds_a_secret(server: Server, root: PersonAtBrowser, ada: Any, app: Made) -> None:
    person = next(_logged_in(server, ADA))
    cookie = person._client.cookies.jar
    hidden = [app.secret, PASSWORD, *(one.value for one in cookie if one.value)]
    form = {"grant_type": "password", "username": ADA, "password": PASSWORD, "scope": "read"}
    given = server.post("/oauth2/token", form, basic=app.pair).json()
    hidden += [given["access_token"], given["refresh_token"]]
    user = server.operate(lambda engine: engine.store.user(ada.id))
    kept = server.operate(lambda engine: engine.store.client("main", "app"))
    hidden += [user.password_hash, "$argon2", kept.secrets[0].digest.hex(), "digest="]
    for path in (*PAGES, f"/users/{ada.id}", f"/users/{ada.id}/edit", f"/clients/app?user={ADA}", "/clients/app/edit"):
        page = unescape(at(server, root, path))
        assert [one for one in hidden if one in page] == [], path
    assert not [line for line in server.said if app.secret in line or PASSWORD in line]
    person.close()


@pytest.mark.parametrize(("asked", "led"), [("/clients", "/clients"), ("/users/new", ""), ("/audit?q=x", "/audit")])
def test_a_login_leads_back_to_the_page_that_was_asked_for(
    server: Server, root: PersonAtBrowser, asked: str, led: str
) -> None:
    person = PersonAtBrowser(server.url)
    person.open(f"{server.url}/admin{asked}").log_in(ROOT, PASSWORD)
    assert str(person.page.url) == f"{server.url}/admin{led}"
    person.close()


def test_what_a_user_may_choose_on_a_supercomputer_is_set_and_shown(server: Server, root: PersonAtBrowser) -> None:
    hpc = server.user_add("hpc@example.org", PASSWORD)
    at(server, root, f"/users/{hpc.id}/edit")
    wanted = {"uid": "ada ada2", "group": "hpc", "role": "user", "supplementary": "x y"}
    page = root.send(wanted, action=f"/users/{hpc.id}/edit").page.text
    assert all(f"UNICORE {kind}" in page for kind in wanted)
    kept = server.operate(lambda engine: engine.store.user(hpc.id)).choices
    assert kept == {kind: words.split() for kind, words in wanted.items()}
    at(server, root, f"/users/{hpc.id}/edit")
    root.send({"uid": "a:b"}, action=f"/users/{hpc.id}/edit")
    assert root.page.status_code == 400
    assert "A uid is a word" in unescape(root.page.text)
    at(server, root, f"/users/{hpc.id}/edit")
    root.send({"uid": "", "group": "hpc", "role": "", "supplementary": ""}, action=f"/users/{hpc.id}/edit")
    assert server.operate(lambda engine: engine.store.user(hpc.id)).choices == {"group": ["hpc"]}
