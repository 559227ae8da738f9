"""Rows of the table of bad input at the UNICORE facade, on real sockets. Wrong credentials are 403 here."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.server.people import accounts
from support.server import Made, Reply, poll, running
from support.unicore import ACTOR, CORE, PASSWORD, SESSION, TOKEN, Site, Someone, client, is_refused, key, signed

GRANTS = ("password", "refresh_token")
TOML = 'log_level = "debug"\naccess_log = true\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("unicore-rows") / "data", toml=TOML) as server:
        yield Site(server)


@pytest.fixture(scope="module")
def ada(site: Site) -> Someone:
    made = site.someone("ada")
    made.key_add("ES256")
    return made


@pytest.fixture(scope="module")
def portal(site: Site) -> Made:
    return site.server.client_add("portal", grants=GRANTS)


@pytest.fixture(scope="module", autouse=True)
def trusted(site: Site) -> None:
    site.trust("CN=Gate", key("ES512").as_pem(private=False).decode())


def every_credential(site: Site, portal: Made, someone: Someone) -> dict[str, dict[str, Any]]:
    """A way in by each kind, each of them working."""
    form = {"grant_type": "password", "username": someone.user.name, "password": PASSWORD}
    access = site.server.post("/oauth2/token", form, basic=portal.pair).json()["access_token"]
    service = signed(key("ES512"), "ES512", sub=someone.user.name, iss="CN=Gate", etd="true")
    ways: dict[str, dict[str, Any]] = {
        "password": {"basic": someone.pair},
        "access token": {"bearer": access},
        "key": {"bearer": someone.by_key("ES256")},
        "issued": {"bearer": someone.token(renewable="true")},
        "service": {"bearer": service},
    }
    ways |= {f"session by {name}": {"session": site.get(**way).headers[SESSION]} for name, way in ways.items()}
    assert {site.get(**way).status for way in ways.values()} == {200}
    return ways


# --- 11: a right that has ended


def test_row_11_a_disabled_user_is_refused_by_every_credential_and_gets_no_token(site: Site, portal: Made) -> None:
    someone = site.someone("leaving")
    someone.key_add("ES256")
    ways = every_credential(site, portal, someone)
    gone = site.server.user_edit(someone.user, active=False)
    for name, way in ways.items():
        poll(lambda way=way: site.get(**way).status != 200)
        for path in (CORE, TOKEN, "/rest/auth"):
            assert site.get(path, **way).status == 403, name
    site.server.user_edit(gone, active=True)
    poll(lambda: someone.get().status == 200)
    still = {name for name, way in ways.items() if site.get(**way).status == 200}
    assert still == {"password", "key"}  # what was given before has ended for good


def test_row_11_a_new_password_ends_issued_tokens_and_sessions(site: Site, portal: Made) -> None:
    someone = site.someone("changing")
    someone.key_add("ES256")
    ways = every_credential(site, portal, someone)
    site.server.operate(lambda engine: accounts.set_password(engine, ACTOR, someone.user, "another"))
    for name, way in ways.items():
        if name not in ("key", "service"):
            wanted = 432 if name.startswith("session") else 403
            poll(lambda way=way, wanted=wanted: site.get(**way).status == wanted)
    assert client(site.get(bearer=someone.by_key("ES256")))["dn"] == "CN=changing"


def test_row_11_a_disabled_client_takes_what_it_was_issued_along(site: Site, ada: Someone) -> None:
    program = site.server.client_add(grants=GRANTS)
    form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
    access = site.server.post("/oauth2/token", form, basic=program.pair).json()["access_token"]
    issued = site.issue({}, bearer=access)
    site.server.client_edit(program, active=False)
    for token in (access, issued):
        poll(lambda token=token: site.get(bearer=token).status == 403)


def test_row_48_who_is_no_longer_in_the_clients_group_keeps_nothing_that_it_was_issued(site: Site) -> None:
    someone = site.someone("grouped", groups=("hpc",))
    program = site.server.client_add(grants=GRANTS, groups=("hpc",))
    form = {"grant_type": "password", "username": "grouped", "password": PASSWORD}
    access = site.server.post("/oauth2/token", form, basic=program.pair).json()["access_token"]
    issued = site.issue({"renewable": "true"}, bearer=access)
    site.server.user_edit(someone.user, groups=())
    poll(lambda: site.get(bearer=issued).status == 403)
    is_refused(site.get(TOKEN, bearer=issued), 403)


def test_row_11_a_password_alone_does_not_pass_by_a_second_factor(site: Site) -> None:
    from support.factors import code_app

    someone = site.someone("factored")
    code_app(site.server, someone.user)
    is_refused(site.get(basic=someone.pair), 403, "second factor")


# --- 16 to 20: tokens that are not what they say


def spoilt(token: str, **header: Any) -> str:
    """The same token under another header."""
    parts = token.split(".")
    return ".".join([b64(json.dumps(jose.peek(token)[0] | header).encode()), *parts[1:]])


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


SPOILT: dict[str, Callable[[str], str]] = {
    "none": lambda token: spoilt(token, alg="none"),
    "nOnE": lambda token: spoilt(token, alg="nOnE"),
    "no signature": lambda token: token.rpartition(".")[0] + ".",
    "another signature": lambda token: token[:-6] + "AAAAAA",
    "an embedded key": lambda token: spoilt(token, jwk=key("ES384").as_dict(private=False)),
    "a key's address": lambda token: spoilt(token, jku="http://127.0.0.1:1/keys"),
    "a key's path": lambda token: spoilt(token, kid="../../etc/passwd"),
    "an injected key": lambda token: spoilt(token, kid="' OR 1=1 --"),
    "crit": lambda token: spoilt(token, crit=["bork"]),
    "b64": lambda token: spoilt(token, b64=False),
    "HMAC": lambda token: spoilt(token, alg="HS256"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_rows_16_to_18_a_spoilt_token_of_each_kind_is_refused(
    site: Site, ada: Someone, portal: Made, spoil: Callable[[str], str]
) -> None:
    form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
    access = site.server.post("/oauth2/token", form, basic=portal.pair).json()["access_token"]
    service = signed(key("ES512"), "ES512", sub="ada", iss="CN=Gate", etd="true")
    for token in (access, ada.by_key("ES256"), ada.token(), service):
        is_refused(site.get(bearer=spoil(token)), 403)


def test_row_16_a_public_key_is_no_shared_secret(site: Site, ada: Someone) -> None:
    for secret, token in (
        (key("ES256").as_pem(private=False), ada.by_key("ES256")),
        (site.get(f"{CORE}/certificate").body, ada.token()),
    ):
        text = spoilt(token, alg="HS256").rpartition(".")[0]
        is_refused(site.get(bearer=f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}"), 403)


def test_row_18_a_claim_that_stands_twice_is_refused(site: Site, ada: Someone) -> None:
    head, _, _ = ada.by_key("ES256").split(".")
    body = b64(b'{"sub":"eve","sub":"ada","iss":"ada","exp":4000000000}')
    is_refused(site.get(bearer=f"{head}.{body}.{b64(b'-' * 64)}"), 403)


def test_row_19_other_kinds_of_our_own_tokens_are_no_way_in(site: Site, ada: Someone, portal: Made) -> None:
    form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
    login = site.server.post("/oauth2/token", form, basic=portal.pair).json()
    is_refused(site.get(bearer=login["refresh_token"]), 403)
    claims = jose.peek(login["access_token"])[1]
    for typ in ("JWT", "logout+jwt", "dpop+jwt"):

        async def other(engine: Any, typ: str = typ) -> str:
            return str(await engine.keys.pick(engine.issuer.id, "ES256").sign(claims, typ))

        is_refused(site.get(bearer=site.server.operate(other)), 403)
    info = site.server.get("/userinfo", bearer=ada.token())  # nor is an issued token an access token
    assert info.status == 401


def test_row_20_a_token_for_another_audience_is_refused(site: Site, ada: Someone) -> None:
    elsewhere = site.server.client_add(grants=GRANTS, audiences=("https://api.example.org",))
    form = {"grant_type": "password", "username": "ada", "password": PASSWORD, "resource": "https://api.example.org"}
    token = site.server.post("/oauth2/token", form, basic=elsewhere.pair).json()["access_token"]
    is_refused(site.get(bearer=token), 403, "audience")


# --- 25, 26, 32, 33


def test_row_25_nothing_secret_is_in_the_log_or_in_a_refusal(site: Site, ada: Someone, portal: Made) -> None:
    ways = every_credential(site, portal, ada)
    wrong = site.get(basic=("ada", "wrong-but-mine"))
    broken = site.get(bearer=ways["issued"]["bearer"] + "x")
    hidden = ["wrong-but-mine", *(way.get("bearer") or way.get("session") or PASSWORD for way in ways.values())]
    text = "\n".join(site.server.said) + wrong.body.decode() + broken.body.decode()
    rows = site.server.operate(lambda engine: engine.store.audit(limit=1000))
    for secret in hidden:
        assert secret not in text
        assert secret not in repr(rows)


def test_row_26_oversized_credentials_and_preferences_are_refused_at_once(site: Site, ada: Someone) -> None:
    began = time.monotonic()
    assert site.get(bearer="a." * 20_000 + "a").status in (403, 431)
    assert site.get(bearer=f"{'a' * 9000}.{'a' * 9000}.a").status == 403
    assert ada.get(prefer="group:" + "g+" * 10_000).status == 403
    assert ada.get(prefer="supplementaryGroups:" + "g1+" * 8_000).status == 403
    assert time.monotonic() - began < 10


def test_row_32_a_wrong_name_a_wrong_password_and_a_locked_user_look_and_last_the_same(site: Site) -> None:
    def ask(name: str) -> tuple[int, bytes, float]:
        began = time.perf_counter()
        reply = site.get(basic=(name, "wrong"))
        return reply.status, reply.body, time.perf_counter() - began

    site.someone("known")
    site.server.user_edit(site.someone("locked").user, active=False)
    names = ("known", "locked", "nobody-at-all")
    rounds = [[ask(name) for name in names] for _ in range(4)]  # in turn: what else the machine does slows all alike
    found = dict(zip(names, zip(*rounds, strict=True), strict=True))
    assert len({one[:2] for each in found.values() for one in each}) == 1
    times = sorted(median(one[2] for one in each) for each in found.values())
    assert times[-1] < 5 * times[0] + 0.05  # Argon2 is at work in each


def test_row_32_a_key_of_an_unknown_user_looks_like_the_wrong_key_of_a_known_one(site: Site, ada: Someone) -> None:
    unknown = site.get(bearer=signed(key("ES256"), "ES256", sub="nobody-at-all", iss="nobody-at-all"))
    wrong = site.get(bearer=ada.by_key("ES384"))
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    for alg in ("RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"):
        forged = signed(key("ES256"), "ES256", sub="nobody-at-all", iss="nobody-at-all")
        is_refused(site.get(bearer=spoilt(forged, alg=alg)), 403, "no key of this user")


def test_row_33_guesses_are_slowed_whatever_they_look_like_and_sessions_and_keys_never(site: Site) -> None:
    someone = site.someone("mallory")
    someone.key_add("ES256")
    id = someone.get().headers[SESSION]
    names = ["mallory", "MALLORY", "ｍallory", "mallory@example.org"]
    seen: list[Reply] = []
    for n in range(14):
        headers = {"X-Forwarded-For": f"203.0.113.{n}"}
        seen.append(site.server.get(CORE, basic=(names[n % 3], "wrong"), headers=headers))
    assert {reply.status for reply in seen[:10]} == {403}
    is_refused(seen[-1], 429, "try again")
    assert int(seen[-1].headers["retry-after"]) >= 1
    is_refused(site.get(basic=someone.pair), 429)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: site.get(bearer=someone.by_key("ES256")).status, range(12)))
    assert set(found) == {200}
    assert site.get(session=id).status == 200


# --- 42


@pytest.mark.parametrize(
    ("prefer", "said"),
    [
        ("uid:eve", "uid eve"),
        ("group:wheel", "group wheel"),
        ("role:root", "role root"),
        ("supplementaryGroups:g1+wheel", "group wheel"),
        ("uid", "malformed"),
        ("uid:a:b", "malformed"),
        ("uid:ada,", "malformed"),
        ("uid:ada,,group:g1", "malformed"),
        ("uid:", "malformed"),
        (":ada", "malformed"),
        ("uid:ADA", "uid ADA"),
        ("group:wheel,group:g1", "two of group"),
        ("xlogin:eve,uid:ada", "two of uid"),
    ],
)
def test_row_42_a_preference_that_is_not_mine_or_no_preference_is_refused(
    site: Site, ada: Someone, prefer: str, said: str
) -> None:
    for path in (CORE, TOKEN):
        is_refused(ada.get(path, prefer=prefer), 403, said)


def test_row_42_nobody_has_no_login_to_prefer(site: Site) -> None:
    is_refused(site.get(prefer="uid:ada"), 403, "uid ada")
    is_refused(site.get(session=site.get().headers[SESSION], prefer="role:user"), 403, "role user")
    assert client(site.get(prefer="role:anonymous"))["role"]["selected"] == "anonymous"


def test_row_42_a_choice_that_was_taken_away_is_refused_in_a_token_that_froze_it(site: Site) -> None:
    someone = site.someone("narrower")
    token = site.issue({}, basic=someone.pair, prefer="group:g2")
    assert client(site.get(bearer=token))["xlogin"]["group"] == "g2"
    site.server.user_edit(someone.user, choices={"group": ["g1"]})
    is_refused(poll(lambda: next(iter([r for r in [site.get(bearer=token)] if r.status != 200]), None)), 403, "g2")


@pytest.mark.parametrize(
    "lifetime", ["0", "-1", "1e99", "2592001", "9" * 400, "1.5", "soon", "0x10", "%2B60", "%D9%A1"]
)
def test_row_42_a_lifetime_out_of_range_is_refused_with_the_limit(site: Site, ada: Someone, lifetime: str) -> None:
    is_refused(ada.get(f"{TOKEN}?lifetime={lifetime}"), 400, "2592000")


def test_row_42_48_hours_and_the_longest_lifetime_are_given_and_flags_are_flags(site: Site, ada: Someone) -> None:
    for lifetime in (48 * 3600, 30 * 86400):
        claims = jose.peek(ada.token(lifetime=lifetime))[1]
        assert claims["exp"] - claims["iat"] == lifetime
    is_refused(ada.get(f"{TOKEN}?renewable=maybe"), 400, "true or false")
    is_refused(ada.get(f"{TOKEN}?limited=true&limited=false"), 400)
