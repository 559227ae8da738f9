"""The registration front of an ESGF compute node, by plain HTTP: what a program is told, and what its person sees."""

from __future__ import annotations

import html
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from lychgate.server.issuers import realms
from support.person import PersonAtBrowser
from support.realm import Realm
from support.server import ACTOR, Made, Server, poll, running

PASSWORD = "hunter2-of-all"
WPS = "https://compute.node/wps"
FRONT, LOGIN, CALLBACK = "/wps/auth/client_registration/", "/wps/auth/login", "/wps/auth/oauth_callback"
TOML = f"""
[facade.esgf]
audiences = ["{WPS}"]
realm = "compute-cluster"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("front") / "data", toml=TOML) as started:
        for name in ("ada", "ben", "cleo", "dora"):
            started.user_add(f"{name}@example.org", PASSWORD, name=name)
        yield started


@pytest.fixture(scope="module")
def realm(server: Server) -> Realm:
    made = server.operate(lambda engine: realms.add(engine, ACTOR, "compute-cluster", {}))
    home = Realm(server, made.id, made.realm, "/auth/realms/")
    poll(lambda: server.get(f"{home.path}/.well-known/openid-configuration").status == 200)
    return home


@pytest.fixture(scope="module")
def wps(realm: Realm) -> Made:
    return realm.client_add("wps-api", resources=(WPS,))


def visitor(server: Server, name: str) -> PersonAtBrowser:
    """At the page of the front, logged in."""
    return PersonAtBrowser(server.url).open(server.url + FRONT).log_in(name, PASSWORD)


def value(who: PersonAtBrowser, id: str) -> str:
    return html.unescape(who.page.text.split(f'<input id="{id}" value="', 1)[1].split('"', 1)[0])


@pytest.mark.parametrize("path", [FRONT, FRONT.rstrip("/")])
def test_a_program_is_told_by_exactly_302_and_an_absolute_address(server: Server, path: str) -> None:
    answer = server.get(path)
    assert answer.status == 302
    assert answer.headers["location"] == f"{server.issuer}{LOGIN}?next={quote(FRONT, safe='')}"
    assert answer.headers["cache-control"] == "no-store"


def test_a_person_gets_an_id_and_a_secret_once_and_their_tokens_are_active_for_the_wps(
    server: Server, realm: Realm, wps: Made
) -> None:
    who = visitor(server, "ada")
    assert WPS in who.page.text
    who.send({"name": "Laptop"})
    assert who.page.status_code == 200
    id, secret = value(who, "client"), value(who, "secret")
    fields = {"grant_type": "client_credentials", "client_id": id, "client_secret": secret}
    given = realm.post("/token", fields)
    assert given.status == 200, given.body
    told = realm.post("/token/introspect", {"token": given.json()["access_token"]}, basic=wps.pair).json()
    assert (told["active"], told["client_id"]) == (True, id)
    assert WPS in told["aud"]

    second = PersonAtBrowser(server.url).open(server.url + FRONT).log_in("ada", PASSWORD)
    assert second.page.status_code == 410
    assert id in second.page.text
    assert secret not in second.page.text
    second.send({}, "/me/clients/rotate")
    assert value(second, "client") == id
    assert realm.post("/token", fields | {"client_secret": value(second, "secret")}).status == 200
    second.open(f"{server.url}/me")
    assert id in second.page.text
    who.close()
    second.close()


def test_looking_makes_nothing_and_neither_does_a_form_sent_again(server: Server, realm: Realm) -> None:
    who = visitor(server, "ben")
    user = server.operate(lambda engine: engine.store.user_by_login("ben")).id
    assert server.operate(lambda engine: engine.store.clients(owner=user)) == []
    form = {**who.form(FRONT).fields, "name": "Laptop"}
    with ThreadPoolExecutor(8) as pool:  # pressed over and over
        pages = list(pool.map(lambda _: who._client.post(server.url + FRONT, data=form), range(8)))
    assert sorted(page.status_code for page in pages) == [200] + 7 * [410]
    assert len(server.operate(lambda engine: engine.store.clients(owner=user))) == 1
    who.close()


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "/admin", "x" * 3000])
def test_no_address_that_a_link_names_is_gone_to(server: Server, realm: Realm, where: str) -> None:
    who = PersonAtBrowser(server.url).open(f"{server.url}{LOGIN}?next={quote(where, safe='')}")
    who.log_in("cleo", PASSWORD)
    assert (who.left_to, str(who.page.url)) == ("", server.url + FRONT)
    who.open(f"{server.url}{LOGIN}?next={quote(where, safe='')}")  # logged in already
    assert (who.left_to, str(who.page.url)) == ("", server.url + FRONT)
    who.close()


def test_nobody_comes_back_from_elsewhere(server: Server) -> None:
    answer = server.get(f"{CALLBACK}?code=x&state=y")
    assert answer.status == 400
    assert b"No login is under way" in answer.body


def test_a_forged_form_makes_nothing(server: Server, realm: Realm) -> None:
    who = visitor(server, "dora")
    fields = {**who.form(FRONT).fields, "name": "Laptop"}
    for more, headers in (
        ({"csrf": "x"}, {}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"Origin": "null"}),
    ):
        assert who._client.post(server.url + FRONT, data=fields | more, headers=headers).status_code == 403
    user = server.operate(lambda engine: engine.store.user_by_login("dora")).id
    assert server.operate(lambda engine: engine.store.clients(owner=user)) == []
    who.close()


def test_a_realm_that_is_not_there_is_said_and_nothing_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("lost") / "data", toml=TOML) as lost:
        lost.user_add("ada@example.org", PASSWORD, name="ada")
        assert visitor(lost, "ada").page.status_code == 503
