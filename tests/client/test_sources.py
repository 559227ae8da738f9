"""The sources, with the server played by hand: what they send, and what they make of the answers."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl

import pytest

from lychgate.client.oauth_client import OAuthClient
from lychgate.client.sources import SOURCES
from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.password import Password
from lychgate.client.sources.refresh import Refresh
from lychgate.client.token import Token, from_record, to_record
from lychgate.issuer import clock, discovery
from lychgate.kernel.errors import ConfigError, LoginDead, Refused, TransientError
from lychgate.kernel.options import options_of
from lychgate.kernel.record import Record
from lychgate.kernel.secret import Secret
from lychgate.oauth import client_auth, jose
from support.play import LOST, Play, answer, token

ENDPOINT = "https://auth.example.org/token"
ISSUER = "https://auth.example.org"
KEY = "-----BEGIN PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    discovery.forget()
    monkeypatch.setattr(clock, "_offsets", {})


def robot(**more: object) -> ClientCredentials:
    return ClientCredentials(
        **{"token_endpoint": ENDPOINT, "client_id": "robot", "client_secret": "s:ecret %ü", **more}
    )  # type: ignore[arg-type]


def test_a_token_request_by_client_secret_basic_form_encodes_both_parts() -> None:
    play = Play(token(expires_in=60))
    got = play.run(robot().obtain())
    assert got.access.reveal() == "a1"
    assert got.expires_at == play.now + 60
    header = play.sent[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(header) == b"robot:s%3Aecret+%25%C3%BC"
    assert play.form() == {"grant_type": "client_credentials"}
    assert play.sent[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_token_request_by_client_secret_post_puts_both_in_the_form() -> None:
    play = Play(token())
    play.run(
        robot(method="client_secret_post", scope="b a", audience="api", resource="https://api.example.org").obtain()
    )
    assert "Authorization" not in play.sent[0].headers
    assert play.form() == {
        "grant_type": "client_credentials",
        "client_id": "robot",
        "client_secret": "s:ecret %ü",
        "scope": "b a",
        "audience": "api",
        "resource": "https://api.example.org",
    }


def test_several_resources_are_as_many_parameters() -> None:
    play = Play(token())
    both = ("https://a.example.org", "https://b.example.org/api")
    play.run(robot(resource=both).obtain())
    sent = parse_qsl((play.sent[0].body or b"").decode())
    assert [value for name, value in sent if name == "resource"] == list(both)
    assert robot(resource=both).cache_key() == robot(resource=" ".join(reversed(both))).cache_key()
    assert robot(resource=both).cache_key() != robot(resource=both[0]).cache_key()


def test_an_assertion_without_metadata_has_the_older_form() -> None:
    play = Play(token())
    secret = "0123456789abcdef0123456789abcdef"
    play.run(robot(method="client_secret_jwt", client_secret=secret).obtain())
    form = play.form()
    assert set(form) == {"grant_type", "client_assertion_type", "client_assertion"}
    header, claims = jose.verify(form["client_assertion"], [jose.import_key(secret)], ["HS256"])
    assert header["typ"] == "JWT"
    assert claims["iss"] == claims["sub"] == "robot"
    assert claims["aud"] == ENDPOINT
    assert claims["exp"] - claims["iat"] == 60
    assert claims["iat"] == play.now


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_an_assertion_after_discovery_has_the_newer_form_and_the_keys_own_algorithm(alg: str) -> None:
    key = jose.generate(alg)
    pem = key.as_pem(private=True).decode()  # type: ignore[union-attr]  # it is asymmetric
    play = Play(answer({"issuer": ISSUER, "token_endpoint": ENDPOINT}), token())
    source = ClientCredentials(issuer=ISSUER, client_id="robot", private_key=pem, kid="k1")
    play.run(source.obtain())
    header, claims = jose.verify(play.form()["client_assertion"], [key], [alg])
    assert header == {"alg": alg, "typ": "client-authentication+jwt", "kid": "k1"}
    assert claims["aud"] == ISSUER
    client_auth.require(header, claims, (ISSUER,), play.now)


def test_a_private_key_may_be_a_jwk() -> None:
    key = jose.generate("ES256")
    play = Play(token())
    text = json.dumps(key.as_dict(private=True))
    play.run(robot(client_secret=None, private_key=text).obtain())
    assert jose.verify(play.form()["client_assertion"], [key], ["ES256"])


def test_each_try_has_an_assertion_of_its_own() -> None:
    play = Play(LOST, LOST, token())
    play.run(robot(method="client_secret_jwt", client_secret="0123456789abcdef0123456789abcdef").obtain())
    assert len({play.form(number)["client_assertion"] for number in range(3)}) == 3


PUBLIC = jose.generate("ES256").as_pem(private=False).decode()  # type: ignore[union-attr]  # it is asymmetric
BROKEN = [
    "not a key but sixteen bytes",
    "/home/robot/.ssh/key.pem",
    KEY + "\nx\n-----END PRIVATE KEY-----",
    "{}",
    '{"kty": "EC"}',
    PUBLIC,
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_key_that_cannot_sign_is_an_error_that_names_the_field_and_not_the_key(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Play().run(robot(client_secret=None, private_key=text).obtain())
    assert caught.value.field == "private_key"
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"token_endpoint": ""}, "issuer"),
        ({"token_endpoint": "auth.example.org/token"}, "token_endpoint"),
        ({"token_endpoint": "ftp://auth.example.org/token"}, "token_endpoint"),
        ({"token_endpoint": "https://auth.example.org:99999/token"}, "token_endpoint"),
        ({"token_endpoint": "https://"}, "token_endpoint"),
        ({"issuer": "https://auth.example.org\n"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": None}, "client_secret"),
        ({"method": "private_key_jwt"}, "private_key"),
        ({"method": "client_secret_basik"}, "client_secret_basik"),
        ({"method": "none"}, "client_secret"),
    ],
)
def test_options_that_cannot_work_are_refused_at_construction(given: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        robot(**given)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ({}, None),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": 0}, 0),
        ({"expires_in": -5}, 0),
        ({"expires_in": 1e99}, None),
        ({"expires_in": "NaN"}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": None}, None),
        ({"expires_in": True}, None),
        ({"expires_in": [1]}, None),
        ({"expires_in": 60, "expires_at": 1}, 60),
        ({"expires_at": 1_700_000_100}, 100),
        ({"expires_at": "1700000100"}, 100),
        ({"expires_at": "2023-11-14T22:15:00Z"}, 100),
    ],
)
def test_the_end_of_a_token_is_read_from_whatever_an_issuer_writes(
    reply: dict[str, object], seconds: float | None
) -> None:
    play = Play(token(**reply))
    got = play.run(robot().obtain())
    assert got.expires_at == (None if seconds is None else play.now + seconds)


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "ä"},
        {"access_token": "a", "token_type": 5},
    ],
)
def test_a_reply_without_a_token_that_can_be_sent_is_a_transient_error(reply: dict[str, object]) -> None:
    with pytest.raises(TransientError, match="answered without a token"):
        Play(answer(reply)).run(robot().obtain())


def test_a_token_of_a_type_that_is_not_understood_is_refused() -> None:
    with pytest.raises(Refused, match="only bearer"):
        Play(answer({"access_token": "a", "token_type": "mac"})).run(robot().obtain())


def test_a_server_that_repeats_the_secret_in_its_refusal_does_not_get_it_into_the_message() -> None:
    secret = "very-long-secret-of-the-robot"
    echo = answer({"error": "invalid_client", "error_description": f"{secret} is wrong"}, 401)
    with pytest.raises(Refused) as caught:
        Play(echo).run(robot(client_secret=secret).obtain())
    assert secret not in str(caught.value) + caught.value.description + repr(caught.value)
    assert "Check client_id" in str(caught.value)


def test_client_credentials_keep_no_refresh_token_and_are_asked_again() -> None:
    play = Play(token(refresh_token="r1"), token("a2"))
    first = play.run(robot().obtain())
    assert first.refresh is None
    assert play.run(robot().renew(first)).access.reveal() == "a2"
    assert play.form()["grant_type"] == "client_credentials"


def ada(**more: object) -> Password:
    return Password(**{"token_endpoint": ENDPOINT, "username": "ada", "password": "ada-password", **more})  # type: ignore[arg-type]


def test_the_password_grant_needs_no_client() -> None:
    play = Play(token())
    play.run(ada().obtain())
    assert play.form() == {"grant_type": "password", "username": "ada", "password": "ada-password"}
    assert "Authorization" not in play.sent[0].headers


def test_a_password_is_sent_once_and_not_tried_again() -> None:
    play = Play(LOST)
    with pytest.raises(TransientError):
        play.run(ada().obtain())
    assert len(play.sent) == 1


def test_a_password_login_renews_by_its_refresh_token_and_comes_back_to_the_password_when_that_is_dead() -> None:
    play = Play(
        token(refresh_token="r1"), token("a2", refresh_token="r2"), answer({"error": "invalid_grant"}, 400), token("a3")
    )
    first = play.run(ada().obtain())
    second = play.run(ada().renew(first))
    assert play.form() == {"grant_type": "refresh_token", "refresh_token": "r1"}
    third = play.run(ada().renew(second))
    assert play.form(2)["refresh_token"] == "r2"
    assert play.form()["grant_type"] == "password"
    assert third.access.reveal() == "a3"


def test_a_password_login_without_refresh_token_uses_the_password_again() -> None:
    play = Play(token(), token("a2"))
    play.run(ada().renew(play.run(ada().obtain())))
    assert play.form()["grant_type"] == "password"


def given(**more: object) -> Refresh:
    return Refresh(**{"token_endpoint": ENDPOINT, "client_id": "app", "refresh_token": "r0", **more})  # type: ignore[arg-type]


def test_a_given_refresh_token_gets_the_first_token_and_the_kept_one_the_next() -> None:
    play = Play(token(refresh_token="r1"), token("a2"))
    first = play.run(given().obtain())
    assert play.form() == {"grant_type": "refresh_token", "refresh_token": "r0", "client_id": "app"}
    second = play.run(given().renew(first))
    assert play.form()["refresh_token"] == "r1"
    assert second.refresh == Secret("r1")  # none came: the old one is kept


def test_a_refresh_is_tried_again_with_the_same_token() -> None:
    play = Play(LOST, answer({}, 502), token())
    play.run(given().obtain())
    assert {play.form(number)["refresh_token"] for number in range(3)} == {"r0"}


def test_a_dead_login_is_an_error_with_the_command_to_run() -> None:
    play = Play(answer({"error": "invalid_grant", "error_description": "Token is not active"}, 400))
    with pytest.raises(LoginDead) as caught:
        play.run(given(issuer=ISSUER).obtain())
    assert caught.value.command == "lychgate login https://auth.example.org"
    assert "Token is not active" in str(caught.value)
    assert "r0" not in str(caught.value).replace("robot", "")


def test_a_new_refresh_token_from_outside_replaces_a_dead_one() -> None:
    play = Play(answer({"error": "invalid_grant"}, 400), token("a9", refresh_token="r9"))
    kept = Token(Secret("a"), refresh=Secret("kept"))
    elsewhere = Secret.lazy(lambda: "r0", "file:login")
    assert play.run(given(refresh_token=elsewhere).renew(kept)).refresh == Secret("r9")
    assert [play.form(number)["refresh_token"] for number in range(2)] == ["kept", "r0"]


def test_a_spent_refresh_token_given_in_code_is_not_sent_again() -> None:
    play = Play(answer({"error": "invalid_grant"}, 400))
    with pytest.raises(LoginDead):
        play.run(given().renew(Token(Secret("a"), refresh=Secret("kept"))))
    assert len(play.sent) == 1


def test_another_refusal_does_not_end_the_login() -> None:
    for error in ("invalid_client", "invalid_scope", "unauthorized_client", "invalid_request"):
        with pytest.raises(Refused):
            Play(answer({"error": error}, 400)).run(given().obtain())


def test_a_secret_from_elsewhere_is_fetched_when_it_is_needed_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    source = robot(client_secret=Secret.env("ROBOT_SECRET_OF_TEST"))
    source.cache_key()
    monkeypatch.setenv("ROBOT_SECRET_OF_TEST", "later")
    play = Play(token())
    play.run(source.obtain())
    assert base64.b64decode(play.sent[0].headers["Authorization"][6:]) == b"robot:later"


def test_cache_keys_tell_all_that_changes_a_token_and_no_secret() -> None:
    sources = [
        robot(),
        robot(scope="a"),
        robot(audience="a"),
        robot(resource="https://a.example.org"),
        robot(client_id="other"),
        robot(extra={"a": "b"}),
        robot(token_endpoint=ENDPOINT + "2"),
        robot(issuer=ISSUER),
        ada(),
        ada(username="bob"),
        ada(client_id="app"),
        given(),
        given(refresh_token="r1"),
    ]
    keys = [source.cache_key() for source in sources]
    assert len(set(keys)) == len(keys)
    assert robot(scope="a b").cache_key() == robot(scope=("b", "a")).cache_key()
    assert robot(client_secret="other").cache_key() == robot().cache_key()
    assert not [key for key in keys if "ecret" in key or "ada-password" in key or "r0" in key or '"b"' in key]


def test_no_repr_shows_a_secret() -> None:
    shown = repr([robot(extra={"k": "hidden-extra"}), ada(), given(refresh_token="hidden-refresh")])
    assert "s:ecret" not in shown
    assert "hidden" not in shown
    assert "ada-password" not in shown


def test_every_option_says_what_it_is_for() -> None:
    for name in SOURCES:
        options = options_of(SOURCES.find(name))
        assert all(option.help for option in options)
        oauth = {"client_secret", "private_key"} if issubclass(SOURCES.find(name), OAuthClient) else set()
        assert {o.name for o in options if o.secret} >= oauth


def test_an_unknown_source_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'unknown source "client_credential" \(client_credentials\?\)'):
        SOURCES.find("client_credential")


def test_a_token_survives_its_record_as_json() -> None:
    made = Token(Secret("a"), "Bearer", 5.5, ("x", "y"), {"id_token": "i", "n": [1]}, Secret("r"), 4.5)
    record = to_record(made, "ada", ISSUER)
    assert from_record(Record(json.loads(json.dumps(record.data)))) == made
    assert (record.who, record.where) == ("ada", ISSUER)


@pytest.mark.parametrize("data", [{}, {"access": ""}, {"access": 5}, {"token": "a"}])
def test_a_record_without_a_token_is_none(data: dict[str, object]) -> None:
    assert from_record(Record(data)) is None
    assert from_record(None) is None


def test_a_record_with_strange_members_still_gives_its_token() -> None:
    data = {"access": "a", "expires_at": "x", "scope": 5, "extra": [], "refresh": 5, "issued_at": None}
    assert from_record(Record(data)) == Token(Secret("a"))
