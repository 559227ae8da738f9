"""What the conformance suite's Basic OP and Form Post OP plans check, named after their modules (oidcc-...)."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.person import PersonAtBrowser
from support.relying import BACK, EMAIL, PASSWORD, Relying, finish, relying, verified
from support.server import Server, poll

PROFILE = {"name", "given_name", "family_name", "preferred_username", "zoneinfo", "locale", "updated_at"}
TOLD: dict[str, set[str]] = {
    "openid": set(),
    "openid profile": PROFILE,
    "openid email": {"email", "email_verified"},
    "email openid": {"email", "email_verified"},
    "openid address": {"address"},
    "openid phone": {"phone_number", "phone_number_verified"},
    "openid profile email address phone": PROFILE
    | {"email", "email_verified", "address", "phone_number", "phone_number_verified"},
}


def test_oidcc_server(op: Server, rp: Relying) -> None:
    found = rp.tokens()
    claims = found["id"]
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (op.issuer, rp.id, "no")
    assert found["token_type"] == "Bearer"
    assert claims["exp"] > claims["iat"] >= claims["auth_time"]
    assert claims["amr"] == ["pwd"]


@pytest.mark.parametrize(("scope", "told"), TOLD.items(), ids=list(TOLD))
def test_oidcc_scope(rp: Relying, scope: str, told: set[str]) -> None:
    found = rp.tokens(scope=scope)
    said = rp.server.get("/userinfo", bearer=found["access_token"]).json()
    assert set(said) == {"sub"} | told
    assert said["sub"] == found["id"]["sub"]
    assert set(found["id"]).isdisjoint(told), "with a code the claims of scopes are userinfo's"


def test_the_claims_have_the_types_that_openid_gives_them(rp: Relying) -> None:
    said = rp.userinfo(scope="openid profile email address phone")
    assert said["address"] == {"locality": "London", "country": "GB"}
    assert (said["updated_at"], said["phone_number_verified"], said["email_verified"]) == (1_700_000_000, True, False)


def test_oidcc_userinfo_get_post_header_and_post_body(op: Server, rp: Relying) -> None:
    token = rp.tokens(scope="openid email")["access_token"]
    replies = [
        op.get("/userinfo", bearer=token),
        op.call("POST", "/userinfo", bearer=token),
        op.post("/userinfo", bearer=token),
        op.post("/userinfo", {"access_token": token}),
    ]
    assert [reply.status for reply in replies] == [200] * 4
    assert {reply.json()["email"] for reply in replies} == {EMAIL}


def test_a_token_in_the_url_in_two_places_or_nowhere_is_refused_as_rfc_6750_says(op: Server, rp: Relying) -> None:
    token = rp.tokens()["access_token"]
    assert op.get(f"/userinfo?access_token={token}").status == 401
    twice = op.post("/userinfo", {"access_token": token}, bearer=token)
    assert (twice.status, twice.error) == (400, "invalid_request")
    beside = op.get(f"/userinfo?access_token={token}", bearer=token)
    assert (beside.status, beside.error) == (400, "invalid_request")
    for reply in (op.get("/userinfo"), op.post("/userinfo", {"access_token": token + "x"}), twice):
        assert reply.headers["www-authenticate"].startswith("Bearer ")


def test_a_token_of_a_client_itself_has_nobody_to_tell_of(op: Server) -> None:
    reply = op.get("/userinfo", bearer=op.token(op.client_add()))
    assert (reply.status, reply.error) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in reply.headers["www-authenticate"]


def test_a_login_without_openid_tells_address_and_name(op: Server, rp: Relying) -> None:
    reply = rp.redeem(rp.visit(scope="email"))
    assert "id_token" not in reply.json()
    said = op.get("/userinfo", bearer=reply.json()["access_token"]).json()
    assert (said["email"], said["preferred_username"]) == (EMAIL, "ada")


def test_oidcc_response_type_missing(rp: Relying) -> None:
    assert rp.visit(response_type=None).params["error"] == "invalid_request"


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp: Relying) -> None:
    assert "nonce" not in rp.tokens(nonce=None)["id"]


@pytest.mark.parametrize(
    "more",
    [
        {"display": "page"},
        {"display": "popup"},
        {"ui_locales": "se de"},
        {"claims_locales": "se"},
        {"acr_values": "1 2"},
        {"extra": "foobar"},
        {"login_hint": EMAIL},
        {"scope": "openid offline_access"},
    ],
    ids=lambda more: "-".join(more),
)
def test_oidcc_ensure_request_with_succeeds(rp: Relying, more: dict[str, Any]) -> None:
    assert rp.tokens(**more)["id"]["nonce"] == "no"


def test_oidcc_login_hint(rp: Relying) -> None:
    person = PersonAtBrowser(rp.server.url).open(rp.address(login_hint=EMAIL))
    assert person.form(names={"password"}).fields["name"] == EMAIL


def test_oidcc_prompt_none_not_logged_in(rp: Relying) -> None:
    person = rp.visit(prompt="none")
    assert (person.params["error"], person.params["state"]) == ("login_required", "st")
    assert person.params["iss"] == rp.server.issuer


def test_oidcc_prompt_none_logged_in(rp: Relying) -> None:
    person = rp.visit()
    first = rp.redeem(person).json()
    again = rp.tokens(person, prompt="none")
    assert again["id"]["auth_time"] == rp.tokens(person, prompt="none")["id"]["auth_time"]
    assert first["access_token"] != again["access_token"]


def test_prompt_none_where_the_person_has_not_allowed_it_yet(rp: Relying) -> None:
    person = PersonAtBrowser(rp.server.url).open(rp.address()).log_in(EMAIL, PASSWORD)
    fresh = relying(rp.server)
    assert fresh.visit(person, prompt="none").params["error"] == "consent_required"


@pytest.mark.parametrize("prompt", ["none login", "create", "None"])
def test_a_prompt_that_there_is_not_is_refused(rp: Relying, prompt: str) -> None:
    assert rp.visit(prompt=prompt).params["error"] == "invalid_request"


@pytest.mark.parametrize("prompt", ["login", "select_account", "consent", "login consent"])
def test_oidcc_prompt_login(rp: Relying, prompt: str) -> None:
    person = rp.visit()
    person.open(rp.address(prompt=prompt))
    assert not person.left_to, "a page comes, though she is logged in and has allowed it"
    assert ('name="password"' in person.page.text) is (prompt != "consent")
    assert "code" in finish(person).params


def test_oidcc_max_age_1(rp: Relying) -> None:
    person = rp.visit()
    before = rp.tokens(person)["id"]["auth_time"]
    poll(lambda: time.time() > before + 2.1)
    person.open(rp.address(max_age=1))
    assert 'name="password"' in person.page.text
    poll(lambda: time.time() > before + 2.2)
    after = rp.tokens(person, max_age=1)["id"]
    assert after["auth_time"] > before


def test_who_takes_their_time_on_the_consent_page_is_not_asked_to_log_in_again(op: Server) -> None:
    fresh = relying(op, default_max_age=1)
    person = PersonAtBrowser(op.url).open(fresh.address(max_age=1)).log_in(EMAIL, PASSWORD)
    begun = time.monotonic()
    poll(lambda: time.monotonic() > begun + 2.1)
    assert "code" in person.allow().params


def test_oidcc_max_age_10000(rp: Relying) -> None:
    person = rp.visit()
    first, again = (rp.tokens(person, max_age=10000)["id"] for _ in range(2))
    assert first["auth_time"] == again["auth_time"]


def test_oidcc_id_token_hint(rp: Relying) -> None:
    person = rp.visit()
    hint = rp.redeem(person).json()["id_token"]
    assert "code" in rp.visit(person, prompt="none", id_token_hint=hint).params
    other = finish(PersonAtBrowser(rp.server.url).open(rp.address()), "bob@example.org")
    assert rp.visit(other, prompt="none", id_token_hint=hint).params["error"] == "login_required"
    other.open(rp.address(id_token_hint=hint))
    assert 'name="password"' in other.page.text


def test_a_hint_that_is_no_id_token_for_this_client_is_refused(rp: Relying) -> None:
    found, other = rp.tokens(), relying(rp.server)
    for hint in (found["access_token"], other.tokens()["id_token"], found["id_token"][:-4] + "AAAA", "x"):
        assert rp.visit(id_token_hint=hint).params["error"] == "invalid_request"


def test_oidcc_claims_essential(rp: Relying) -> None:
    asked = {"userinfo": {"name": {"essential": True}, "phone_number": None}, "id_token": {"email": None, "odd": None}}
    found = rp.tokens(claims=json.dumps(asked))
    assert found["id"]["email"] == EMAIL
    said = rp.server.get("/userinfo", bearer=found["access_token"]).json()
    assert set(said) == {"sub", "name", "phone_number"}


def test_a_single_claim_is_asked_of_the_person_like_the_scope_that_it_belongs_to(op: Server) -> None:
    fresh = relying(op)
    person = fresh.visit()
    person.open(fresh.address(claims='{"userinfo":{"phone_number":null}}'))
    assert "telephone number" in person.page.text
    assert "phone_number" in fresh.userinfo(claims='{"userinfo":{"phone_number":null}}')


@pytest.mark.parametrize("claims", ["x", "[]", '{"userinfo":[]}', '{"id_token":{"email":true}}', "[" * 9000])
def test_claims_that_are_none_are_refused(rp: Relying, claims: str) -> None:
    assert rp.visit(claims=claims).params["error"] == "invalid_request"


def test_the_claim_sub_with_a_value_wants_that_very_person(rp: Relying) -> None:
    person = rp.visit()
    ada = rp.tokens(person)["id"]["sub"]

    def ask(value: str) -> dict[str, Any]:
        wanted = json.dumps({"id_token": {"sub": {"value": value}}})
        return rp.visit(person, prompt="none", claims=wanted).params

    assert "code" in ask(ada)
    assert ask("somebody")["error"] == "login_required"


def test_an_essential_acr_is_had_or_the_login_fails_and_one_that_is_not_essential_never_fails(rp: Relying) -> None:
    def ask(values: list[str], essential: bool) -> str:
        return json.dumps({"id_token": {"acr": {"essential": essential, "values": values}}})

    assert rp.tokens(claims=ask(["9", "1"], True))["id"]["acr"] == "1"
    assert rp.tokens(claims=ask(["9"], False))["id"]["acr"] == "1"
    assert rp.visit(claims=ask(["9"], True)).params["error"] == "unmet_authentication_requirements"


def test_oidcc_ensure_registered_redirect_uri(rp: Relying) -> None:
    person = rp.visit(redirect_uri=BACK + "/other")
    assert (person.page.status_code, person.left_to) == (400, "")


def test_oidcc_redirect_uri_query_ok_added_and_mismatch(op: Server) -> None:
    fresh = relying(op, redirect_uris=[BACK + "?foo=bar"])
    person = fresh.visit()
    assert person.params["foo"] == "bar"
    assert fresh.redeem(person).status == 200
    for uri in (BACK + "?foo=baz", BACK, BACK + "?foo=bar&x=1"):
        assert fresh.visit(redirect_uri=uri).page.status_code == 400


def test_oidcc_ensure_post_request_succeeds(rp: Relying) -> None:
    person = PersonAtBrowser(rp.server.url)
    parts = urlsplit(rp.address())
    person._follow(person._client.post(f"{rp.server.url}{parts.path}", content=parts.query))
    assert "code" in finish(person).params


def test_oidcc_server_client_secret_post(op: Server) -> None:
    fresh = relying(op, token_endpoint_auth_method="client_secret_post")
    code = fresh.visit().params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": "v" * 43}
    reply = op.post("/oauth2/token", form | {"client_id": fresh.id, "client_secret": fresh.about["client_secret"]})
    assert reply.status == 200


def test_oidcc_codereuse(op: Server, rp: Relying) -> None:
    person = rp.visit()
    token = rp.redeem(person).json()["access_token"]
    again = rp.redeem(person)
    assert (again.status, again.error) == (400, "invalid_grant")
    assert op.get("/userinfo", bearer=token).status == 401, "what the code gave has been revoked"


def test_oidcc_refresh_token(rp: Relying) -> None:
    found = rp.tokens(scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}
    renewed = rp.server.post("/oauth2/token", form, basic=rp.pair).json()
    assert renewed["access_token"] != found["access_token"]
    claims = verified(rp.server, renewed["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert claims[name] == found["id"][name]


def test_the_certification_profiles_need_no_pkce_of_a_confidential_client(rp: Relying) -> None:
    person = rp.visit(code_challenge=None, code_challenge_method=None)
    assert rp.redeem(person, code_verifier=None).status == 200


def test_a_public_client_proves_the_key_all_the_same(op: Server) -> None:
    fresh = relying(op, token_endpoint_auth_method="none")
    assert fresh.visit(code_challenge=None, code_challenge_method=None).params["error"] == "invalid_request"


def test_oidcc_form_post_server(rp: Relying) -> None:
    person = PersonAtBrowser(rp.server.url).open(rp.address(response_mode="form_post"))
    finish(person)
    form = person.form(names={"code"})
    assert (form.action, form.fields["state"], form.fields["iss"]) == (BACK, "st", rp.server.issuer)
    assert re.search("form-action[^;]*https:", person.page.headers["content-security-policy"])


def test_oidcc_form_post_an_error_is_posted_too(rp: Relying) -> None:
    person = PersonAtBrowser(rp.server.url).open(rp.address(response_mode="form_post", prompt="none"))
    assert person.form(names={"error"}).fields["error"] == "login_required"
