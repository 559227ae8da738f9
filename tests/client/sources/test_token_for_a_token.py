"""Token exchange (RFC 8693) and the JWT bearer grant (RFC 7523 2.1): what is sent, by whom, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.client.profile import parse
from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.file import File
from lychgate.client.sources.jwt_bearer import JwtBearer
from lychgate.client.sources.refresh import Refresh
from lychgate.client.sources.token_exchange import TokenExchange
from lychgate.issuer import clock
from lychgate.kernel.errors import ConfigError, Refused
from lychgate.oauth import jose
from lychgate.testing.chaos import ChaosIssuer
from lychgate.testing.faults import answer as answered
from lychgate.world import outside
from lychgate.world.secrets import Secret
from support.play import Play, answer, token

ENDPOINT = "https://auth.example.org/token"
CLIENT: dict[str, Any] = {"token_endpoint": ENDPOINT, "client_id": "robot", "client_secret": "of-the-robot"}
URN = "urn:ietf:params:oauth:"
assert outside  # it teaches sources to read this machine


@pytest.fixture(autouse=True)
def _no_clock_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offsets", {})


def test_an_exchange_sends_both_tokens_with_their_types() -> None:
    play = Play(token(issued_token_type=f"{URN}token-type:access_token"))
    made = TokenExchange(
        **CLIENT, subject="of-ada", subject_type="id_token", actor="of-the-service", audience="api", scope="read"
    )
    assert play.run(made.obtain()).access.reveal() == "a1"
    assert play.form() == {
        "grant_type": f"{URN}grant-type:token-exchange",
        "subject_token": "of-ada",
        "subject_token_type": f"{URN}token-type:id_token",
        "actor_token": "of-the-service",
        "actor_token_type": f"{URN}token-type:access_token",
        "audience": "api",
        "scope": "read",
    }


def test_the_subjects_token_may_come_from_a_source_or_a_file_and_is_fetched_each_time(tmp_path: Path) -> None:
    path = tmp_path / "subject"
    for subject in (Secret.file(path), File(str(path))):
        path.write_text("first-subject")
        made, play = TokenExchange(**CLIENT, subject=subject), Play(token(), token())
        play.run(made.obtain())
        path.write_text("second-subject")
        play.now += 5
        play.run(made.obtain())
        got = [play.form(number)["subject_token"] for number in range(2)]
        assert got == ["first-subject", "second-subject"]


def test_a_refusal_repeats_no_token_and_no_key_holds_one() -> None:
    made = TokenExchange(**CLIENT, subject="of-ada-secret", actor="of-the-actor")
    play = Play(answer({"error": "invalid_request", "error_description": "of-ada-secret by of-the-actor"}, 400))
    with pytest.raises(Refused) as caught:
        play.run(made.obtain())
    for text in ("of-ada-secret", "of-the-actor"):
        assert text not in str(caught.value) + repr(made) + made.cache_key() + caught.value.description


def test_an_assertion_is_signed_for_the_issuer_and_never_sent_twice() -> None:
    key = jose.generate("ES256")
    made = JwtBearer(**CLIENT, key=key.as_pem(private=True).decode(), subject="ada", claims={"scope": "x"}, kid="k1")
    play = Play(token(), token())
    play.run(made.obtain())
    play.run(made.obtain())
    assert play.form()["grant_type"] == f"{URN}grant-type:jwt-bearer"
    (header, first), (_, second) = (jose.verify(play.form(number)["assertion"], [key], ["ES256"]) for number in (0, 1))
    assert header["kid"] == "k1"
    assert (first["iss"], first["sub"], first["aud"], first["scope"]) == ("robot", "ada", ENDPOINT, "x")
    assert first["exp"] - first["iat"] == 300
    assert first["jti"] != second["jti"]


def test_an_assertion_of_somebody_elses_is_sent_as_it_is() -> None:
    play = Play(token())
    play.run(JwtBearer(token_endpoint=ENDPOINT, assertion="a.b.c").obtain())
    assert play.form() == {"grant_type": f"{URN}grant-type:jwt-bearer", "assertion": "a.b.c"}


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ('source = "token_exchange"', "subject"),
        ('source = "token_exchange"\nsubject = "in-clear"', "subject"),
        ('source = "token_exchange"\nsubject = "env:X"\nsubject_type = "acess_token"', "subject_type"),
        ('source = "jwt_bearer"', "assertion"),
        ('source = "jwt_bearer"\nkey = "file:k"', "subject"),
        ('source = "jwt_bearer"\nkey = "file:k"\nassertion = "env:X"', "assertion"),
    ],
)
def test_a_bad_field_of_a_profile_is_named_before_anything_is_sent(lines: str, field: str) -> None:
    client = f'token_endpoint = "{ENDPOINT}"\nclient_id = "robot"\nclient_secret = "env:X"'
    with pytest.raises(ConfigError) as caught:
        parse(f"[profile.x]\n{lines}\n{client}\n", "p.toml", "x")
    assert caught.value.field == field
    assert "in-clear" not in str(caught.value)


@pytest.mark.parametrize("store", ["memory", "files"])
def test_the_subjects_token_is_renewed_by_its_own_source_within_the_exchange(store: str, tmp_path: Path) -> None:
    with ChaosIssuer() as first, ChaosIssuer() as second:
        second.plan(answered({"access_token": "for-the-api", "token_type": "Bearer", "expires_in": 60}))
        subject = ClientCredentials(
            issuer=first.url, client_id="robot", client_secret="robot-secret-of-the-tests-0123456789"
        )
        exchange = TokenExchange(issuer=second.url, client_id="robot", client_secret="of-the-robot", subject=subject)
        auth = lychgate.auth(exchange, store="memory" if store == "memory" else str(tmp_path))
        assert auth.token().access.reveal() == "for-the-api"
        asked = [seen.fields for seen in second.seen if seen.path == "/token"]
        assert first.accepts(asked[0]["subject_token"], first.now())
        assert (first.token_requests, second.token_requests) == (1, 1)


def test_a_dead_login_goes_on_with_the_refresh_token_that_stands_in_its_file_by_now(tmp_path: Path) -> None:
    path = tmp_path / "refresh"
    path.write_text("the-first")
    source = Refresh(token_endpoint=ENDPOINT, client_id="robot", refresh_token=Secret.file(path))
    dead = answer({"error": "invalid_grant"}, 400)
    play = Play(token(refresh_token="of-the-issuer"), dead, token())
    kept = play.run(source.obtain())
    path.write_text("the-second")
    play.run(source.renew(kept))
    assert [play.form(number)["refresh_token"] for number in range(3)] == ["the-first", "of-the-issuer", "the-second"]
