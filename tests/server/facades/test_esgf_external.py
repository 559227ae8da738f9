"""The front before an external Keycloak, which a realm of ours plays here: logins that go wrong, and what is set."""

from __future__ import annotations

import html
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import query_of
from lychgate.server.configuration.configure import load
from support.person import PersonAtBrowser
from support.realm import Realm, realm_add
from support.server import Made, Server, running

PASSWORD = "hunter2-of-all"
START, LOGIN, CALLBACK = "/wps/auth/client_registration/", "/wps/auth/login", "/wps/auth/oauth_callback"
TOML = """
fetch_allow = {allowed}
[facade.esgf.keycloak]
url = "{base}"
realm = "compute"
client_id = "front"
client_secret = "{secret}"
initial_access_token = "{initial}"
"""


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    with running(tmp_path_factory.mktemp("realm") / "data") as started:
        for name in ("ada", "ben", "cleo"):
            started.user_add(f"{name}@example.org", PASSWORD, name=name)
        yield realm_add(started, "compute")


@pytest.fixture(scope="module")
def front(realm: Realm) -> Made:
    back = (f"http://127.0.0.1{CALLBACK}",)
    return realm.client_add("front", grants=("authorization_code",), redirect_uris=back)


def settings(realm: Realm, front: Made, initial: str, allowed: str | None = None) -> str:
    host = urlsplit(realm.base).netloc if allowed is None else allowed
    return TOML.format(allowed=f'["{host}"]' if host else "[]", base=realm.base, secret=front.secret, initial=initial)


@pytest.fixture(scope="module")
def initial(realm: Realm) -> str:
    return realm.initial_access_token(2)


@pytest.fixture(scope="module")
def server(realm: Realm, front: Made, initial: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("front") / "data", toml=settings(realm, front, initial)) as started:
        yield started


@pytest.fixture
def who(server: Server) -> Iterator[PersonAtBrowser]:
    made = PersonAtBrowser(server.url)
    yield made
    made.close()


def answered(realm: Realm, asked: str, name: str) -> str:
    """Where the realm sends a browser in which ``name`` logged in."""
    there = PersonAtBrowser(realm.server.url).open(asked).log_in(name, PASSWORD)
    if not there.left_to:
        there.allow()
    there.close()
    return there.left_to


def log_in(who: PersonAtBrowser, realm: Realm, server: Server, name: str) -> str:
    """``name`` at the page of the front; answers the redirect that led back."""
    back = answered(realm, who.open(server.url + START).left_to, name)
    who.open(back)
    assert str(who.page.url) == server.url + START
    return back


def changed(url: str, **params: str) -> str:
    """``url`` with some parameters set, an empty one taken away."""
    found = {name: value for name, value in {**query_of(url), **params}.items() if value}
    return f"{url.partition('?')[0]}?{urlencode(found)}"


def value(who: PersonAtBrowser, id: str) -> str:
    return html.unescape(who.page.text.split(f'<input id="{id}" value="', 1)[1].split('"', 1)[0])


def test_a_person_goes_to_the_realm_with_pkce_state_and_nonce_and_gets_a_client(
    server: Server, realm: Realm, who: PersonAtBrowser
) -> None:
    answer = server.get(START)
    assert (answer.status, answer.headers["location"]) == (302, f"{server.issuer}{LOGIN}?{urlencode({'next': START})}")
    who.open(server.url + START)
    asked = query_of(who.left_to)
    assert who.left_to.startswith(realm.issuer)
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", server.issuer + CALLBACK)
    assert len(asked["state"]) == 43
    assert asked["nonce"]

    log_in(who, realm, server, "ada")
    who.send({"name": "Laptop"})
    id, secret = value(who, "client"), value(who, "secret")
    assert id == "ada"
    fields = {"grant_type": "client_credentials", "client_id": id, "client_secret": secret}
    assert realm.post("/token", fields).status == 200
    assert who.open(server.url + START).page.status_code == 410
    assert secret not in who.page.text


@pytest.mark.parametrize(
    "params",
    [
        {"state": "x"},
        {"state": ""},
        {"state": "x" * 3000},
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"code": ""},
        {"error": "access_denied", "iss": "https://evil.example"},
    ],
    ids=str,
)
def test_an_answer_to_no_request_of_this_browser_is_ignored_and_the_login_goes_on(
    server: Server, realm: Realm, who: PersonAtBrowser, params: dict[str, str]
) -> None:
    back = answered(realm, who.open(server.url + START).left_to, "ben")
    who.open(changed(back, **params))
    assert (who.page.status_code, who.left_to) == (400, "")
    assert "belongs to no login of yours" in who.page.text
    who.open(f"{back}&state=twice")
    assert who.page.status_code == 400
    who.open(back)  # the right one still counts
    assert who.page.status_code == 200
    assert "ben" in who.page.text


def test_an_answer_counts_once_and_in_its_own_browser(server: Server, realm: Realm, who: PersonAtBrowser) -> None:
    back = answered(realm, who.open(server.url + START).left_to, "ben")
    another = PersonAtBrowser(server.url).open(server.url + LOGIN)
    assert another.open(back).page.status_code == 400
    assert server.get(back.removeprefix(server.issuer)).status == 400  # a browser that begun none
    another.close()
    assert who.open(back).page.status_code == 200
    assert who.open(back).page.status_code == 400
    assert "No login is under way" in who.page.text


def test_a_code_that_is_not_the_realms_ends_the_login_with_a_page(
    server: Server, realm: Realm, who: PersonAtBrowser
) -> None:
    back = answered(realm, who.open(server.url + START).left_to, "ben")
    who.open(changed(back, code="forged"))
    assert who.page.status_code == 502
    assert "could not be finished" in who.page.text
    assert who.open(back).page.status_code == 400
    assert "forged" not in "\n".join(server.said)


def test_a_refusal_is_said_and_its_words_are_escaped(server: Server, who: PersonAtBrowser) -> None:
    asked = query_of(who.open(server.url + START).left_to)
    issuer = who.left_to.partition("/protocol/")[0]
    params = {"error": "access_denied", "error_description": "<b>no</b>", "state": asked["state"], "iss": issuer}
    who.open(f"{server.url}{CALLBACK}?{urlencode(params)}")
    assert who.page.status_code == 403
    assert "You were not logged in" in who.page.text
    assert "<b>no" not in who.page.text


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/admin"])
def test_no_address_that_a_link_names_is_gone_to(
    server: Server, realm: Realm, who: PersonAtBrowser, where: str
) -> None:
    who.open(f"{server.url}{LOGIN}?{urlencode({'next': where, 'redirect_uri': where})}")
    assert who.left_to.startswith(realm.issuer)
    assert where not in [text for _, text in parse_qsl(urlsplit(who.left_to).query)]
    who.open(answered(realm, who.left_to, "ben"))
    assert str(who.page.url) == server.url + START


def test_a_forged_form_makes_nothing_and_one_without_a_login_says_so(
    server: Server, realm: Realm, who: PersonAtBrowser
) -> None:
    log_in(who, realm, server, "cleo")
    fields = {**who.form(START).fields, "name": "Laptop"}
    for more, headers in (({"csrf": "x"}, {}), ({}, {"Origin": "https://evil.example"})):
        assert who._client.post(server.url + START, data=fields | more, headers=headers).status_code == 403
    assert server.operate(lambda engine: engine.store.audit(client="cleo")) == []
    for name in list(who._client.cookies.jar):
        if name.name.endswith("-front"):
            who._client.cookies.jar.clear(name.domain, name.path, name.name)
    assert who._client.post(server.url + START, data=fields).status_code == 400


def test_a_token_that_is_used_up_is_said_without_it(
    realm: Realm, front: Made, tmp_path: Path, who: PersonAtBrowser
) -> None:
    with running(tmp_path / "data", toml=settings(realm, front, "used-up-token-of-old")) as late:
        person = PersonAtBrowser(late.url)
        log_in(person, realm, late, "cleo")
        person.send({"name": "Laptop"})
        assert person.page.status_code == 503
        assert "Nothing can be registered now" in person.page.text
        assert "initial access token" in "\n".join(late.said)
        assert "used-up-token-of-old" not in "\n".join(late.said) + person.page.text
        person.close()


def test_a_realm_that_is_away_or_not_allowed_is_said(realm: Realm, front: Made, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{probe.getsockname()[1]}"
    away = settings(realm, front, "t", nobody).replace(realm.base, f"http://{nobody}")
    for folder, toml in (("away", away), ("inner", settings(realm, front, "t", ""))):
        with running(tmp_path / folder, toml=toml) as lost:
            answer = lost.get(LOGIN)
            assert answer.status == 503
            assert b"cannot be reached" in answer.body
            assert lost.get(f"{CALLBACK}?code=x&state=y").status == 400


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('realm = "compute"', ""), "missing: realm"),
        (('initial_access_token = "t"', ""), "missing: initial_access_token"),
        (("http://127.0.0.1", "http://keycloak.example"), "url is https"),
        (("http://127.0.0.1", "https://u:p@keycloak.example"), "url is https"),
        (('initial_access_token = "t"', 'initial_access_token_file = "/nowhere"'), "/nowhere cannot be read"),
        (('initial_access_token = "t"', 'initial_access_token_file = "/x"\ninitial_access_token = "t"'), "both set"),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    toml = TOML.format(allowed="[]", base="http://127.0.0.1:1", secret="secret-of-the-front", initial="t")
    assert change[0] in toml
    (tmp_path / "lychgate.toml").write_text(toml.replace(*change))
    with pytest.raises(ConfigError, match=said) as caught:
        load({"data": tmp_path})
    assert "secret-of-the-front" not in str(caught.value)


def test_secrets_come_from_files_and_the_environment_and_are_never_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("secret-of-the-front\n")
    names = {"URL": "https://keycloak.example/auth", "REALM": "compute", "CLIENT_ID": "front"}
    names |= {"CLIENT_SECRET_FILE": str(tmp_path / "secret"), "INITIAL_ACCESS_TOKEN": "token-of-the-front"}
    for name, text in names.items():
        monkeypatch.setenv(f"LYCHGATE_FACADE__ESGF__KEYCLOAK__{name}", text)
    config = load({"data": tmp_path})
    found = config.facade.esgf.keycloak
    assert found.issuer == "https://keycloak.example/auth/realms/compute"
    assert found.client_secret.get_secret_value() == "secret-of-the-front"
    assert found.initial_access_token.get_secret_value() == "token-of-the-front"
    assert "-of-the-front" not in repr(config) + str(config.model_dump())
