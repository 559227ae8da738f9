"""Logins by a person, with the issuer and the person played by hand: what is sent, and what is believed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lychgate.client.renewal import Renewal
from lychgate.client.sources.authorization_code import AuthorizationCode
from lychgate.client.sources.device_code import DeviceCode
from lychgate.issuer import clock, discovery
from lychgate.kernel.errors import ConfigError, InsecureError, LoginDead, LoginNeeded, Refused
from lychgate.kernel.http import query_of
from lychgate.oauth import id_token, jose, pkce
from support.play import LOST, answer, token
from support.visitor import Visitor

ISSUER = "https://auth.example.org"
METADATA: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "authorization_response_iss_parameter_supported": True,
}
DEVICE = {"device_authorization_endpoint": f"{ISSUER}/device"}
STARTED = {
    "device_code": "dev-code",
    "user_code": "WDJB-MJHT",
    "verification_uri": f"{ISSUER}/device",
    "verification_uri_complete": f"{ISSUER}/device?user_code=WDJB-MJHT",
    "expires_in": 600,
    "interval": 5,
}
KEY = jose.generate("ES256")


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    discovery.forget()
    monkeypatch.setattr(clock, "_offsets", {})


def metadata(**more: Any) -> Any:
    return answer({**METADATA, **more})


def login(**more: Any) -> AuthorizationCode:
    return AuthorizationCode(**{"issuer": ISSUER, "client_id": "app", **more})


def right(asked: Mapping[str, str]) -> dict[str, str]:
    return {"code": "the-code", "state": asked["state"], "iss": ISSUER}


def wrong(**changes: str) -> Any:
    return lambda asked: {**right(asked), **changes}


def jwks() -> Any:
    return answer({"keys": [KEY.as_dict(private=False, kid="k1")]})


def identity(access: str = "a1", *, now: float, **more: Any) -> str:
    claims = id_token.claims(
        issuer=ISSUER,
        subject="u1",
        client_id="app",
        now=int(now),
        lifetime=60,
        at_hash=id_token.half_hash(access, "ES256"),
    )
    return jose.sign({"alg": "ES256", "kid": "k1"}, {**claims, "email": "ada@example.org", **more}, KEY)


def test_a_login_for_several_resources_names_each_at_the_page_and_at_the_token_endpoint() -> None:
    both = ["https://a.example.org", "https://b.example.org"]
    play = Visitor(metadata(), token(expires_in=60))
    play.redirects.append(right)
    made = login(resource=tuple(both))
    play.run(made.obtain())
    for text in (urlsplit(play.opened[0]).query, (play.sent[-1].body or b"").decode()):
        assert [value for name, value in parse_qsl(text) if name == "resource"] == both
    assert "--resource 'https://a.example.org https://b.example.org'" in made.command


def test_for_an_api_alone_the_id_token_is_asked_to_name_the_person() -> None:
    def sent(scope: str, **options: Any) -> str | None:
        discovery.forget()
        play = Visitor(metadata(claims_parameter_supported=options.pop("able", True)), token(expires_in=60), jwks())
        play.redirects.append(right)
        play.run(login(scope=scope, **options).obtain())
        return query_of(play.opened[0]).get("claims")

    api = {"resource": "https://api.example.org"}
    assert sent("openid email read", **api) == '{"id_token":{"email":null}}'
    assert sent("openid profile", **api) == '{"id_token":{"name":null,"preferred_username":null}}'
    assert sent("openid email", authorization_extra={"claims": "{}"}, **api) == "{}"
    silent = [sent("email", **api), sent("openid", **api), sent("openid email")]
    assert [*silent, sent("openid email", able=False, **api)] == [None] * 4


def test_the_browser_is_sent_with_pkce_state_and_a_redirect_uri_without_a_path() -> None:
    play = Visitor(metadata(), token(expires_in=60))
    play.redirects.append(right)
    got = play.run(login(scope="read", resource="https://api.example.org").obtain())
    asked = query_of(play.opened[0])
    assert play.opened[0].startswith(f"{ISSUER}/authorize?")
    assert asked["redirect_uri"] == "http://127.0.0.1:8888"
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "read"
    assert asked["resource"] == "https://api.example.org"
    assert "nonce" not in asked
    assert len(asked["state"]) >= 43
    form = play.form()
    verifier = form.pop("code_verifier")
    assert pkce.check(verifier, asked["code_challenge"])
    assert form == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "http://127.0.0.1:8888",
        "client_id": "app",
        "resource": "https://api.example.org",
    }
    assert got.access.reveal() == "a1"


def test_two_logins_never_share_state_or_verifier() -> None:
    play = Visitor(metadata(), token(), token())
    play.redirects.extend([right, right])
    play.run(login().obtain())
    play.run(login().obtain())
    first, second = map(query_of, play.opened)
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_a_pushed_request_leaves_nothing_in_the_url() -> None:
    pushed = {"pushed_authorization_request_endpoint": f"{ISSUER}/par"}
    play = Visitor(metadata(**pushed), answer({"request_uri": "urn:x:1", "expires_in": 60}, 201), token())
    states: list[str] = []

    def come_back(asked: Mapping[str, str]) -> dict[str, str]:
        states.append(play.form(1)["state"])
        return {"code": "the-code", "state": states[0], "iss": ISSUER}

    play.redirects.append(come_back)
    play.run(login(client_secret="s3cret-of-app").obtain())
    assert query_of(play.opened[0]) == {"client_id": "app", "request_uri": "urn:x:1"}
    assert play.sent[1].url == f"{ISSUER}/par"
    assert play.sent[1].headers["Authorization"].startswith("Basic ")
    assert play.form(1)["code_challenge_method"] == "S256"


@pytest.mark.parametrize("changes", [{"state": "x"}, {"iss": "https://evil.example"}, {"code": ""}])
def test_a_redirect_that_is_not_ours_sends_nothing_anywhere(changes: dict[str, str]) -> None:
    play = Visitor(metadata(), token())
    play.redirects.extend([wrong(**changes), right])
    assert play.run(login().obtain()).access.reveal() == "a1"
    assert play.strays == 1
    assert len(play.sent) == 2


def test_the_issuers_no_is_refused_in_its_own_words() -> None:
    play = Visitor(metadata())
    play.redirects.append(lambda asked: {"error": "access_denied", "state": asked["state"], "iss": ISSUER})
    with pytest.raises(Refused, match="access_denied") as caught:
        play.run(login().obtain())
    assert caught.value.error == "access_denied"


def test_an_id_token_tells_who_logged_in_and_is_kept_for_the_logout() -> None:
    play = Visitor(
        metadata(), lambda r: token(id_token=identity(now=play.now, nonce=query_of(play.opened[0])["nonce"])), jwks()
    )
    play.redirects.append(right)
    got = play.run(login(scope="openid").obtain())
    assert got.extra["owner"] == "ada@example.org"
    assert got.extra["subject"] == "u1"
    assert "id_token" in got.extra


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("nonce", {"nonce": "another"}),
        ("nonce", {}),
        ("issuer", {"iss": "https://evil.example"}),
        ("client", {"aud": "another"}),
        ("expired", {"exp": 1}),
        ("another access token", {"at_hash": "AAAA"}),
    ],
)
def test_an_id_token_that_does_not_fit_ends_the_login(why: str, changes: dict[str, Any]) -> None:
    def reply(request: Any) -> Any:
        nonce = {"nonce": query_of(play.opened[0])["nonce"]} if changes and "nonce" not in changes else {}
        return token(id_token=identity(now=play.now, **{**nonce, **changes}))

    play = Visitor(metadata(), reply, jwks())
    play.redirects.append(right)
    with pytest.raises(Refused, match=why) as caught:
        play.run(login(scope="openid").obtain())
    assert caught.value.error == "invalid_id_token"


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_an_id_token_with_an_algorithm_of_its_own_choice_is_refused(alg: str) -> None:
    def reply(request: Any) -> Any:
        _, body, signature = identity(now=play.now).split(".")
        forged = base64.urlsafe_b64encode(f'{{"alg":"{alg}","kid":"k1"}}'.encode()).rstrip(b"=").decode()
        return token(id_token=f"{forged}.{body}.{signature}")

    play = Visitor(metadata(), reply, jwks())
    play.redirects.append(right)
    with pytest.raises(Refused):
        play.run(login(scope="openid").obtain())


def test_without_an_id_token_the_userinfo_endpoint_tells_who_logged_in() -> None:
    play = Visitor(metadata(userinfo_endpoint=f"{ISSUER}/userinfo"), token(), answer({"sub": "u1", "name": "Ada"}))
    play.redirects.append(right)
    assert play.run(login().obtain()).extra["owner"] == "Ada"
    assert play.sent[2].headers["Authorization"] == "Bearer a1"


def test_somebody_else_than_was_asked_for_is_refused_and_nothing_is_kept() -> None:
    play = Visitor(
        metadata(userinfo_endpoint=f"{ISSUER}/userinfo"), token(), answer({"sub": "u2", "email": "bob@x.org"})
    )
    play.redirects.append(right)
    with pytest.raises(Refused, match=r"bob@x\.org logged in .* ada@example\.org was asked for"):
        play.run(Renewal(login(user="ada@example.org")).valid())
    assert not play.records
    assert query_of(play.opened[0])["login_hint"] == "ada@example.org"


def test_a_page_that_is_not_https_is_never_opened() -> None:
    for page in ("http://auth.example.org/authorize", "file:///etc/passwd", "javascript:alert(1)"):
        discovery.forget()
        with pytest.raises(InsecureError):
            Visitor(metadata(authorization_endpoint=page)).run(login().obtain())


def test_a_device_page_that_is_no_web_page_is_never_shown() -> None:
    play = Visitor(metadata(**DEVICE), answer({**STARTED, "verification_uri_complete": "javascript:alert(1)"}))
    with pytest.raises(InsecureError):
        play.run(DeviceCode(issuer=ISSUER, client_id="app").obtain())
    assert not play.codes


def test_a_login_needs_an_issuer_and_a_client_id() -> None:
    with pytest.raises(ConfigError, match="client_id"):
        AuthorizationCode(issuer=ISSUER)
    with pytest.raises(ConfigError, match="issuer"):
        AuthorizationCode(token_endpoint=f"{ISSUER}/token", client_id="app")


# --- devices


def pending(error: str = "authorization_pending") -> Any:
    return answer({"error": error}, 400)


def test_a_device_login_shows_the_code_and_asks_until_it_is_confirmed() -> None:
    play = Visitor(metadata(**DEVICE), answer(STARTED), pending(), pending(), token(expires_in=60))
    got = play.run(DeviceCode(issuer=ISSUER, client_id="app", scope="read").obtain())
    assert got.access.reveal() == "a1"
    assert play.codes == [(STARTED["verification_uri_complete"], "WDJB-MJHT")]
    started, asked = play.form(1), play.form()
    assert pkce.check(asked.pop("code_verifier"), started.pop("code_challenge"))
    assert started == {"client_id": "app", "scope": "read", "code_challenge_method": "S256"}
    assert asked == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "dev-code",
        "client_id": "app",
    }
    assert play.slept == [5, 5, 5]


def test_slow_down_adds_five_seconds_and_a_lost_answer_doubles_the_pause() -> None:
    play = Visitor(metadata(**DEVICE), answer(STARTED), pending("slow_down"), pending(), LOST, answer({}, 503), token())
    play.run(DeviceCode(issuer=ISSUER, client_id="app").obtain())
    assert play.slept == [5, 10, 10, 20, 40]


def test_the_persons_no_at_the_device_page_is_refused() -> None:
    play = Visitor(metadata(**DEVICE), answer(STARTED), pending("access_denied"))
    with pytest.raises(Refused) as caught:
        play.run(DeviceCode(issuer=ISSUER, client_id="app").obtain())
    assert caught.value.error == "access_denied"


@pytest.mark.parametrize("answers", [[pending("expired_token")], [pending()] * 100])
def test_a_code_that_nobody_confirms_is_login_needed(answers: list[Any]) -> None:
    play = Visitor(metadata(**DEVICE), answer(STARTED), *answers)
    with pytest.raises(LoginNeeded) as caught:
        play.run(DeviceCode(issuer=ISSUER, client_id="app").obtain())
    assert caught.value.command == f"lychgate login {ISSUER} --client-id app"
    assert sum(play.slept) <= 310


def test_far_from_a_browser_a_code_serves_where_the_issuer_has_it() -> None:
    play = Visitor(metadata(**DEVICE), answer(STARTED), token(), near=False)
    play.run(login().obtain())
    assert play.codes
    assert not play.opened


@pytest.mark.parametrize("error", ["unauthorized_client", "invalid_request"])
def test_far_from_a_browser_a_program_without_codes_has_the_address_pasted(error: str) -> None:
    play = Visitor(metadata(**DEVICE), pending(error), token(), near=False)
    play.redirects.append(right)
    play.run(login().obtain())
    assert play.opened


# --- what follows


def test_a_login_is_kept_with_its_owner_and_renews_itself() -> None:
    more = {"userinfo_endpoint": f"{ISSUER}/userinfo"}
    play = Visitor(
        metadata(**more),
        token(expires_in=60, refresh_token="r1"),
        answer({"sub": "u1", "email": "ada@example.org"}),
        token("a2", expires_in=60, refresh_token="r2"),
    )
    play.redirects.append(right)
    renewal = Renewal(login())
    play.run(renewal.valid())
    assert [record.who for record in play.records.values()] == ["ada@example.org"]
    play.now += 59
    renewal.fresh_until = 0
    assert play.run(renewal.valid()).access.reveal() == "a2"
    assert play.form()["refresh_token"] == "r1"
    assert [record.who for record in play.records.values()] == ["ada@example.org"]
    assert len(play.opened) == 1


def ended(play: Visitor, **more: Any) -> Renewal:
    """A renewal whose token has run out and whose refresh token the issuer has called dead."""
    play.redirects.append(right)
    renewal = Renewal(login(**more))
    play.run(renewal.valid())
    play.now += 100
    renewal.fresh_until = 0
    return renewal


def test_a_login_that_has_ended_is_made_anew_where_somebody_is() -> None:
    play = Visitor(metadata(), token(expires_in=60, refresh_token="r1"), pending("invalid_grant"), token("a2"))
    renewal = ended(play)
    play.redirects.append(right)
    assert play.run(renewal.valid()).access.reveal() == "a2"
    assert len(play.opened) == 2
    assert "has ended" in play.told[0]


def test_a_login_that_has_ended_is_login_dead_with_the_command_where_nobody_is() -> None:
    play = Visitor(metadata(), token(expires_in=60, refresh_token="r1"), pending("invalid_grant"))
    renewal = ended(play, scope="read write")
    play.nobody = True
    with pytest.raises(LoginDead) as caught:
        play.run(renewal.valid())
    assert caught.value.command == f"lychgate login {ISSUER} --client-id app --scope 'read write'"
    assert play.records  # what is kept is never deleted for a failure


def test_no_person_is_troubled_while_the_token_at_hand_is_still_good() -> None:
    play = Visitor(metadata(), token(expires_in=1000))
    play.redirects.append(right)
    renewal = Renewal(login())
    play.run(renewal.valid())
    windows = renewal._windows
    play.now = (windows.renew_at + windows.must_at) / 2
    renewal.fresh_until = 0
    assert play.run(renewal.valid()).access.reveal() == "a1"
    assert len(play.opened) == 1


def test_the_same_person_by_browser_or_by_code_is_one_login() -> None:
    assert login().cache_key() == DeviceCode(issuer=ISSUER, client_id="app").cache_key()
    assert login().cache_key() != login(user="ada@example.org").cache_key()
    assert login().cache_key() == login(client_secret="a-secret-text").cache_key()
