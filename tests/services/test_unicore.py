"""``lychgate.Unicore`` and ``AsyncUnicore`` at a site of ours, and answers that no real site can be made to give."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import lychgate
from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError, InsecureError, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.secret import Secret
from lychgate.services.service import Exchange, Service
from lychgate.services.unicore.access import Preferences, read_access
from lychgate.services.unicore.session import PREFERENCES, SESSION, Session, problem
from lychgate.services.unicore.site import AsyncUnicore, Unicore
from support.play import Play
from support.server import poll
from support.ssh_agent import keygen
from support.unicore_site import PASSWORD, USER, Site, site

BASIC = lychgate.Basic(USER, PASSWORD)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("unicore") / "data") as running:
        yield running


@pytest.fixture
def home(demo: Site) -> Unicore:
    return Unicore(demo.url, BASIC)


def test_who_one_is_and_what_one_may_choose(home: Unicore) -> None:
    found = home.access_info()
    assert (found.role, found.uid, found.group, found.anonymous) == ("user", "demo", "hpc", False)
    assert (found.available_uids, found.available_groups) == (("demo", "demo2"), ("hpc", "myproject1"))
    assert (found.method, found.dn) == ("PASSWORD", found.whole["dn"])
    assert set(home.properties("server")) == {"server"}
    assert home.call("GET", query={"fields": "client"})["client"]["role"]["selected"] == "user"


def test_a_group_is_chosen_and_a_foreign_one_is_a_403_in_the_servers_words(home: Unicore) -> None:
    home.preferences = "group:myproject1"
    assert home.access_info().group == "myproject1"
    home.preferences = Preferences(uid="demo2")
    assert (home.access_info().uid, home.access_info().group) == ("demo2", "hpc")
    home.preferences = "group:theirs"
    with pytest.raises(Refused, match="theirs") as caught:
        home.access_info()
    assert caught.value.status == 403
    home.preferences = None
    assert home.access_info().group == "hpc"


def test_a_token_is_issued_and_logs_in_and_one_that_is_not_renewable_makes_no_other(demo: Site, home: Unicore) -> None:
    token = home.issue_token(lifetime=48 * 3600, limited=True)
    assert 48 * 3600 - 60 < token.valid_for() <= 48 * 3600
    by_token = Unicore(demo.url, lychgate.Bearer(token.access))
    assert by_token.access_info().uid == "demo"
    with pytest.raises(Refused, match="not renewable") as caught:
        by_token.issue_token()
    assert caught.value.status == 403
    renewable = home.issue_token(renewable=True)
    assert renewable.extra["renew_until"] > time.time()
    assert Unicore(demo.url, lychgate.Bearer(renewable.access)).issue_token().valid_for() > 0
    with pytest.raises(Refused, match="2592000") as late:
        home.issue_token(lifetime=10**9)
    assert late.value.status == 400
    assert "BEGIN CERTIFICATE" in home.certificate()


def test_both_colours_do_the_same(demo: Site) -> None:
    async def both() -> tuple[Any, Token]:
        away = AsyncUnicore(demo.url, BASIC, preferences=Preferences(group="myproject1"))
        return await away.access_info(), await away.issue_token(lifetime=60)

    info, token = asyncio.run(both())
    assert info == Unicore(demo.url, BASIC, preferences="group:myproject1").access_info()
    assert token.extra["claims"]["preferences"] == "group:myproject1"


def test_wrong_credentials_are_a_403_and_none_is_anonymous(demo: Site) -> None:
    with pytest.raises(Refused) as caught:
        Unicore(demo.url, lychgate.Basic(USER, "wrong")).access_info()
    assert caught.value.status == 403
    assert "name or password" in caught.value.description
    nobody = Unicore(demo.url)
    assert nobody.access_info().anonymous
    with pytest.raises(Refused) as none:
        nobody.issue_token()
    assert none.value.status == 403


def test_a_key_logs_in_and_the_session_outlives_the_tokens(demo: Site, tmp_path: Any) -> None:
    key = keygen(tmp_path / "id_uftp")
    demo.add_key(key.with_name("id_uftp.pub"))
    home = Unicore(demo.url, lychgate.SignedJwt(Secret(key.read_text()), USER))
    assert home.access_info().method == "SSHKEY"
    assert home.session.known


def test_an_unknown_session_is_forgotten_and_the_call_repeated_once(home: Unicore) -> None:
    home.access_info()
    home.session._id = Secret("not-a-session-that-is-known")
    assert home.access_info().uid == "demo"
    assert home.session.known


def test_a_session_that_ends_under_many_calls_at_once_fails_none_of_them(demo: Site, home: Unicore) -> None:
    home.session._id = Secret("ended-meanwhile")
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(lambda _: home.access_info().uid, range(12))) == {"demo"}

    async def at_once() -> set[str]:
        site = AsyncUnicore(demo.url, lychgate.Basic(USER, PASSWORD))
        site.session._id = Secret("ended-meanwhile")
        return {info.uid for info in await asyncio.gather(*(site.access_info() for _ in range(12)))}

    assert asyncio.run(at_once()) == {"demo"}


def test_a_token_that_the_site_takes_no_more_is_renewed(demo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lychgate.services.unicore.session.YOUNG", -1.0)
    made = demo.server.client_add("reviver", grants=["password", "refresh_token"], methods=("client_secret_post",))
    login = lychgate.auth(lychgate.Password(
        token_endpoint=f"{demo.server.issuer}/oauth2/token", client_id=made.id, client_secret=made.secret,
        method="client_secret_post", username=USER, password=PASSWORD,
    ), origins=[demo.server.url])  # fmt: skip
    home = Unicore(demo.url, login, sessions=False)
    assert home.access_info().method == "OAUTH"
    first = login.token().access
    fields = {"token": first.reveal(), "client_id": made.id, "client_secret": made.secret}
    assert demo.server.post("/oauth2/revoke", fields).status == 200
    poll(lambda: demo.server.get("/DEMO-SITE/rest/core", bearer=first.reveal()).status == 403)
    assert home.access_info().method == "OAUTH"
    assert login.token().access != first


def test_a_clock_that_is_late_is_set_right_by_the_sites_own_date(
    demo: Site, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keygen(tmp_path / "id", "ES384")
    demo.add_key(key.with_name("id.pub"))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 900)
    assert Unicore(demo.url, lychgate.SignedJwt(Secret(key.read_text()), USER)).access_info().method == "SSHKEY"


def test_a_profiles_name_stands_for_the_address_and_the_credential(
    demo: Site, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("DEMO", PASSWORD)
    made = f'preset = "unicore"\nurl = "{demo.url}"\nusername = "{USER}"\npassword = "env:DEMO"\n'
    other = '[profile.other]\nauthenticator = "anonymous"\n'
    (tmp_path / "profiles.toml").write_text(f"[profile.site]\n{made}{other}")
    (tmp_path / "profiles.toml").chmod(0o600)
    assert Unicore("site").access_info().uid == "demo"
    with pytest.raises(ConfigError, match="no UNICORE site"):
        Unicore("other")


def test_no_log_holds_a_credential_a_session_or_a_token(demo: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        home = Unicore(demo.url, lychgate.Basic(USER, PASSWORD), preferences="group:hpc")
        token = home.issue_token(renewable=True)
        Unicore(demo.url, lychgate.Bearer(token.access)).access_info()
        with pytest.raises(Refused):
            Unicore(demo.url, BASIC, preferences="group:no").access_info()
    assert home.session._id is not None
    text = caplog.text + repr(home) + repr(home.session.__dict__) + repr(token)
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    for secret in (PASSWORD, pair, home.session._id.reveal(), token.access.reveal()):
        assert secret not in text


def test_the_preset_knows_the_ways_to_log_in(demo: Site) -> None:
    with_password = lychgate.unicore(demo.url, username=USER, password=PASSWORD)
    assert Unicore(demo.url, with_password).access_info().uid == "demo"
    for wrong in ({}, {"username": USER}, {"password": "x"}, {"token": "t", "account": "a"}):
        with pytest.raises(ConfigError):
            lychgate.unicore(demo.url, **wrong)  # type: ignore[arg-type]  # texts all of them


# --- played by hand


class Slow(Authenticator):
    """A credential whose token is of a given age, and which counts how often it is renewed."""

    def __init__(self, age: float) -> None:
        self.age, self.renewed = age, 0

    def current(self) -> Token:
        return Token(Secret("token"), issued_at=Play().now - self.age)

    def prepare(self, request: Request) -> Flow[Request]:
        return request
        yield


class Desk(Play):
    """Answers what a site is asked, in order."""

    def __init__(self, *answers: Response) -> None:
        super().__init__()
        self.replies, self.seen = deque(answers), list[Exchange]()

    def perform(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            self.seen.append(step)
            return self.replies.popleft()
        return super().perform(step)


URL = "https://site.example.org/S/rest/core"
OK = Response(200, Headers({SESSION: "first-session"}), b"{}", URL)
GONE = Response(432, Headers(), b"", URL)


def session(what: Any = BASIC, **more: Any) -> Session:
    return Session(Service(URL, what), **more)


def test_a_second_432_is_an_error_and_without_a_session_nothing_is_repeated() -> None:
    made, desk = session(), Desk(OK, GONE, GONE)
    desk.run(made.call("GET", URL))
    with pytest.raises(Refused) as caught:
        desk.run(made.call("GET", URL))
    assert caught.value.status == 432
    assert [SESSION in step.request.headers for step in desk.seen] == [False, True, False]
    bare = Desk(OK, GONE)
    off = session(sessions=False)
    bare.run(off.call("GET", URL))
    with pytest.raises(Refused):
        bare.run(off.call("POST", URL, body={"a": 1}))
    assert bare.seen[-1].request.body == b'{"a": 1}'


def test_preferences_end_the_session_and_neither_goes_to_another_origin() -> None:
    made, desk = session(preferences="group:a"), Desk(OK, OK, OK)
    desk.run(made.call("GET", URL))
    made.preferences = Preferences(uid="x", supplementary_groups=("a", "b"))
    desk.run(made.call("GET", URL))
    desk.run(made.call("GET", "https://elsewhere.example.org/"))
    sent = [(SESSION in step.request.headers, step.request.headers.get(PREFERENCES)) for step in desk.seen]
    assert sent == [(False, "group:a"), (False, "uid:x,supplementaryGroups:a+b"), (False, None)]


def test_a_403_renews_a_token_that_is_old_and_never_within_a_session() -> None:
    for age, statuses in ((3600, {401, 403}), (5, {401})):
        desk = Desk(OK, OK)
        made = session(Slow(age))
        desk.run(made.call("GET", URL))
        desk.run(made.call("GET", URL))
        assert [set(step.stale) for step in desk.seen] == [statuses, {401}]


@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    [
        (403, b'{"errorMessage": "no group"}', "application/json", Refused),
        (404, b"not here", "text/plain", Refused),
        (400, b"<html>" + b"x" * 9999, "text/html", Refused),
        (403, b'{"errorMessage": 7}', "application/json", Refused),
        (403, b"[" * 5000, "application/json", Refused),
        (429, b"", "", TransientError),
        (503, b'{"errorMessage": "down\\nnow"}', "application/json", TransientError),
        (302, b"", "", ConfigError),
    ],
)
def test_an_answer_that_is_no_success_becomes_an_error_with_its_status(
    status: int, body: bytes, kind: str, error: type[Exception]
) -> None:
    headers = Headers({"Content-Type": kind, "Retry-After": "3"})
    made = problem(Response(status, headers, body, URL), "GET", URL + "?secret=1", 0)
    assert type(made) is error
    assert f"answered {status}" in str(made)
    assert "secret" not in str(made)
    assert len(str(made)) < 800
    assert error is ConfigError or made.status == status  # type: ignore[attr-defined]  # two of the three have it


def test_what_no_header_carries_is_refused_at_once() -> None:
    for wrong in ("group:a\r\nX: y", "group:ü"):
        with pytest.raises(ConfigError, match="ASCII"):
            Unicore(URL, BASIC, preferences=wrong)
    with pytest.raises(ConfigError, match="characters"):
        Preferences(group="a,uid:root")


def test_a_credential_of_another_origin_stays_at_home() -> None:
    with pytest.raises(InsecureError):
        Unicore(URL, lychgate.auth(BASIC, origins=["https://other.example.org"])).access_info()
    with pytest.raises(InsecureError, match="clear text"):
        Unicore("http://site.example.org/S/rest/core", BASIC).access_info()


def test_strange_access_information_is_read_with_what_is_there() -> None:
    assert read_access({"role": 1, "xlogin": {"availableUIDs": [1, "a"], "UID": None}}).available_uids == ("a",)
    assert read_access({}).anonymous
    with pytest.raises(ValueError, match="no access"):
        read_access([])
