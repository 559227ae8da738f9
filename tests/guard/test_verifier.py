"""The guard's verifier: keys, introspection, several issuers, and what it does while an issuer is away."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lychgate.guard import Guard, Issuer, Refusal, keycloak
from lychgate.issuer import discovery, jwks
from lychgate.kernel.errors import ConfigError, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Sleep
from support.issuer import TinyIssuer
from support.play import Play

API = "https://api.example.org"


@pytest.fixture
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture
def asking(issuer: TinyIssuer) -> Guard:
    """A guard that only asks the issuer."""
    return Guard(issuer.url, API, introspect=issuer.API_CLIENT, keys=False, remember=60)


def refused(guard: Guard, token: str) -> Refusal:
    with pytest.raises(Refusal) as found:
        guard.verify(token)
    return found.value


def jump(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the clock of this process."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)


# --- by introspection


def test_a_token_is_asked_about_once_and_then_looked_up(asking: Guard, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API], scope="read")
    assert asking.verify(token).scopes == {"read"}
    assert asyncio.run(asking.averify(token)).subject == "ada"
    assert issuer.asked["/introspect"] == 1


def test_many_callers_with_one_new_token_ask_once(asking: Guard, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API])
    with ThreadPoolExecutor(16) as pool:
        assert {who.subject for who in pool.map(asking.verify, [token] * 16)} == {"ada"}
    assert issuer.asked["/introspect"] == 1


def test_a_revocation_is_seen_within_the_stated_limit(
    asking: Guard, issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token(aud=[API])
    asking.verify(token)
    issuer.revoked.add(token)
    jump(monkeypatch, 61)
    assert refused(asking, token).status == 401


def test_an_answer_is_not_believed_past_the_end_of_the_token(
    issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(issuer.url, API, introspect=issuer.API_CLIENT, keys=False, remember=3600, leeway=0)
    token = issuer.token(aud=[API], exp=time.time() + 300)
    guard.verify(token)
    jump(monkeypatch, 301)
    assert refused(guard, token).error == "invalid_token"


def test_an_inactive_token_is_remembered_too(asking: Guard, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API])
    issuer.revoked.add(token)
    assert {refused(asking, token).status for _ in range(5)} == {401}
    assert issuer.asked["/introspect"] == 1


def test_an_opaque_token_is_asked_about(asking: Guard, issuer: TinyIssuer) -> None:
    issuer.told = {"sub": "ada", "client_id": "robot", "aud": API}
    assert asking.verify("2YotnFZFEjr1zCsicMWpAA").client == "robot"


def test_nobodys_strange_token_stands_in_the_way_of_others(
    asking: Guard, issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(asking, "a" * 20_000).status == 401
    assert issuer.asked["/introspect"] == 0
    monkeypatch.setattr(issuer, "refuses", {"odd"})
    assert refused(asking, "odd").status == 503
    assert asking.verify(issuer.token(aud=[API])).subject == "ada"


def test_an_opaque_token_is_shown_to_nobody_where_two_issuers_may_know_it(issuer: TinyIssuer) -> None:
    with TinyIssuer() as other:
        guard = Guard([issuer.url, other.url], API, introspect=issuer.API_CLIENT, keys=False)
        assert refused(guard, "2YotnFZFEjr1zCsicMWpAA").status == 401
        assert issuer.asked["/introspect"] == other.asked["/introspect"] == 0


@pytest.mark.parametrize(
    "told",
    [
        {"aud": "https://other.example.org"},
        {"aud": None},
        {"iss": "https://evil.example.org"},
        {"token_type": "refresh_token"},
        {"token_type": "DPoP"},
        {"exp": 1},
        {"cnf": {"jkt": "x"}},
    ],
    ids=str,
)
def test_what_the_issuer_says_is_checked_like_a_token(asking: Guard, issuer: TinyIssuer, told: dict[str, Any]) -> None:
    issuer.told = told
    assert refused(asking, issuer.token(aud=[API])).error == "invalid_token"


def test_an_id_token_is_refused_before_anybody_is_asked(asking: Guard, issuer: TinyIssuer) -> None:
    assert refused(asking, issuer.token(aud=[API], typ="JWT")).error == "invalid_token"
    assert issuer.asked["/introspect"] == 0


def test_an_api_whose_own_secret_is_wrong_says_503_and_not_that_the_token_is_bad(issuer: TinyIssuer) -> None:
    guard = Guard(issuer.url, API, introspect=("api", "wrong"), keys=False)
    assert refused(guard, issuer.token(aud=[API])).status == 503


def test_both_ways_need_the_signature_and_the_issuers_word(issuer: TinyIssuer) -> None:
    guard = Guard(issuer.url, API, introspect=issuer.API_CLIENT, remember=1)
    assert guard.verify(issuer.token(aud=[API])).subject == "ada"
    assert refused(guard, issuer.token(aud=[API], forged=True)).status == 401
    assert issuer.asked["/introspect"] == 1  # a forged one is not asked about
    revoked = issuer.token(aud=[API], jti="k")
    issuer.revoked.add(revoked)
    assert refused(guard, revoked).status == 401


# --- several issuers


def test_each_issuer_vouches_for_its_own_tokens_alone(issuer: TinyIssuer) -> None:
    with TinyIssuer() as other:
        guard = Guard([issuer.url, Issuer(url=other.url, types=("JWT",))], API)
        assert guard.verify(issuer.token(aud=[API])).issuer == issuer.url
        assert guard.verify(other.token(aud=[API], typ="JWT")).issuer == other.url
        assert refused(guard, other.token(aud=[API])).status == 401
        assert refused(guard, other.token(aud=[API], iss=issuer.url)).status == 401  # row 39: signed by the other


def test_another_issuers_names_for_things_are_a_matter_of_settings(issuer: TinyIssuer) -> None:
    its = Issuer(url=issuer.url, types=("JWT",), client_claim="cid", scope_claim="scp", names=("sub", "cid"))
    token = issuer.token(aud=API, typ="JWT", client_id=None, cid="robot", scp=["read", 7], scope="admin")
    who = Guard(its, API).verify(token)
    assert (who.client, who.scopes) == ("robot", {"read"})


def test_a_keycloak_token_needs_the_claim_typ_and_names_its_client_in_azp(issuer: TinyIssuer) -> None:
    guard = Guard(keycloak(issuer.url), API)
    access = {"resource_access": {"wps": {"roles": ["run"]}}, "realm_access": {"roles": ["staff"]}}
    good = {"aud": [API], "typ": "JWT", "azp": "wps", "client_id": None, **access}
    spoiled = issuer.token(**good)
    assert refused(guard, spoiled).status == 401
    for kind in ("ID", "Refresh", "Logout"):
        assert refused(guard, _with_claim_typ(issuer, good, kind)).status == 401
    who = guard.verify(_with_claim_typ(issuer, good, "Bearer"))
    assert (who.client, who.roles, who.client_roles) == ("wps", {"staff"}, {"wps": {"run"}})


def _with_claim_typ(issuer: TinyIssuer, fields: dict[str, Any], kind: str) -> str:
    return issuer.token(**{**fields, "header": {"typ": "JWT"}, "claims": {"typ": kind}})


# --- keys, and the issuer that is away


def test_a_new_key_is_found_by_its_kid(issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Guard(issuer.url, API)
    guard.verify(issuer.token(aud=[API]))
    issuer.rotate()
    jump(monkeypatch, jwks.GAP + 1)
    assert guard.verify(issuer.token(aud=[API])).subject == "ada"


def test_an_unknown_kid_is_remembered_and_a_flood_of_them_is_no_flood_at_the_issuer(
    issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(issuer.url, API)
    guard.verify(issuer.token(aud=[API]))
    for number in range(50):
        refused(guard, issuer.token(aud=[API], header={"kid": f"strange-{number}"}))
    assert issuer.asked["/jwks"] == 1
    jump(monkeypatch, jwks.GAP + 1)
    refused(guard, issuer.token(aud=[API], header={"kid": "strange"}))
    assert issuer.asked["/jwks"] == 2
    jump(monkeypatch, jwks.GAP + 1)
    refused(guard, issuer.token(aud=[API], header={"kid": "strange"}))
    assert issuer.asked["/jwks"] == 2


def test_many_callers_at_the_start_wait_for_one_fetch_and_all_come_in(issuer: TinyIssuer) -> None:
    guard = Guard(issuer.url, API)
    tokens = [issuer.token(aud=[API], jti=str(number)) for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        assert {who.subject for who in pool.map(guard.verify, tokens)} == {"ada"}
    assert issuer.asked["/jwks"] == 1


def test_keys_serve_while_the_issuer_is_away_up_to_the_stated_time(
    issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(issuer.url, API, stale=1000, leeway=0)
    token = issuer.token(aud=[API], exp=time.time() + 5000)
    guard.verify(token)
    issuer.close()
    jump(monkeypatch, 900)
    assert guard.verify(token).subject == "ada"
    jump(monkeypatch, 200)
    assert refused(guard, token).status == 503


def test_a_silent_issuer_keeps_callers_no_longer_than_once_and_not_one_after_the_other() -> None:
    def silent() -> Flow[dict[str, Any]]:
        yield from Sleep(30)
        raise TransientError("no answer")

    world, keys = Play(), jwks.IssuerKeys("https://auth.example.org", silent)
    for _ in range(3):
        with pytest.raises(TransientError, match="no answer"):
            world.run(keys.find("k"))
    assert world.slept == [30]


@pytest.mark.parametrize("asks", [False, True], ids=["keys", "asking"])
def test_a_silent_issuer_is_503_while_the_caller_still_waits(asks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("checker", "introspector"):
        monkeypatch.setattr(f"lychgate.guard.{module}.PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as ear, TinyIssuer() as issuer:
        url = f"http://127.0.0.1:{ear.getsockname()[1]}"
        guard = Guard(url, API, keys=not asks, introspect=issuer.API_CLIENT if asks else None)
        began = time.monotonic()
        assert refused(guard, issuer.token(aud=[API], iss=url)).status == 503
        assert time.monotonic() - began < 25


def test_a_clock_that_is_set_back_locks_nobody_out(issuer: TinyIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    jump(monkeypatch, 7200)
    guard = Guard(issuer.url, API)
    guard.verify(issuer.token(aud=[API]))
    jump(monkeypatch, -7200)
    issuer.rotate()
    assert guard.verify(issuer.token(aud=[API])).subject == "ada"


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"<html>", b'{"keys": 1}', json.dumps({"keys": [{"kty": "EC", "x": "A" * 1_000_000}]}).encode()],
    ids=["empty", "a list", "a page", "keys of no kind", "1 MB"],
)
def test_a_key_set_that_is_none_is_503(issuer: TinyIssuer, body: bytes) -> None:
    issuer.jwks = body
    assert refused(Guard(issuer.url, API), issuer.token(aud=[API])).status == 503


def test_a_token_bound_to_a_key_is_refused_as_a_plain_bearer_with_the_reason(issuer: TinyIssuer) -> None:
    for cnf in ({"jkt": "thumb"}, {"x5t#S256": "thumb"}):
        refusal = refused(Guard(issuer.url, API), issuer.token(aud=[API], cnf=cnf))
        assert (refusal.status, refusal.error) == (401, "invalid_token")
        assert "bound to its sender" in refusal.description


def test_leeway_is_for_the_end_and_no_longer(issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API], exp=time.time() - 5)
    assert Guard(issuer.url, API, leeway=60).verify(token).subject == "ada"
    assert refused(Guard(issuer.url, API, leeway=0), token).status == 401


def test_a_guard_that_checks_nothing_cannot_be_made() -> None:
    with pytest.raises(ConfigError, match="nothing would be checked"):
        Guard("https://auth.example.org", API, keys=False)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    discovery.forget()
