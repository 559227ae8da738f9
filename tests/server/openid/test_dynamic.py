"""What the conformance suite's Config OP and Dynamic OP plans check, named after their modules (oidcc-...)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.oauth.client_auth import ASSERTION_TYPE
from lychgate.server.secrets import new_id
from support.person import PersonAtBrowser
from support.relying import BACK, EMAIL, PASSWORD, VERIFIER, Relying, finish, register, relying, verified
from support.server import Reply, Server, poll, running
from support.web import Quiet, web_server

PUBLIC = {"keys": [jose.generate("ES256").as_dict(private=False)]}
OTHER = "https://other.example.net/back"


def test_oidcc_discovery_endpoint_verification(op: Server) -> None:
    found = op.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == op.issuer
    for name in ("authorization", "token", "userinfo", "registration"):
        assert found[f"{name}_endpoint"].startswith(op.issuer)
    assert set(found["scopes_supported"]) >= {"openid", "profile", "email", "address", "phone", "offline_access"}
    assert set(found["claims_supported"]) >= {"sub", "email", "address", "phone_number", "given_name", "acr"}
    assert found["subject_types_supported"] == ["public", "pairwise"]
    assert (found["claims_parameter_supported"], found["request_parameter_supported"]) == (True, True)
    assert found["request_uri_parameter_supported"] is False
    for name in ("id_token", "userinfo", "request_object"):
        algs = found[f"{name}_signing_alg_values_supported"]
        assert "RS256" in algs
        assert "none" not in algs
    assert all("kid" in key and "d" not in key for key in op.get("/jwks").json()["keys"])


ECHOED: dict[str, Any] = {
    "client_uri": "https://rp.example.org/",
    "logo_uri": "https://rp.example.org/logo.png",
    "policy_uri": "https://rp.example.org/policy",
    "tos_uri": "https://rp.example.org/terms",
    "initiate_login_uri": "https://rp.example.org/start",
    "contacts": ["ops@rp.example.org"],
    "application_type": "web",
    "subject_type": "pairwise",
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "RS256",
    "request_object_signing_alg": "ES256",
    "default_max_age": 3600,
    "require_auth_time": True,
    "default_acr_values": ["1"],
    "request_uris": ["https://rp.example.org/request.jwt"],
    "software_id": "s-1",
    "software_version": "2.0",
    "client_name#de": "Eine Anwendung",
    "tos_uri#de": "https://rp.example.org/agb",
    "jwks": PUBLIC,
}


def test_oidcc_dynamic_registration_echoes_all_that_it_keeps(op: Server) -> None:
    found = relying(op, **ECHOED)
    again = op.get(
        found.about["registration_client_uri"].removeprefix(op.issuer), bearer=found.about["registration_access_token"]
    )
    for about in (found.about, again.json()):
        assert {name: about[name] for name in ECHOED} == ECHOED


REFUSED: dict[str, dict[str, Any]] = {
    "an unsigned id token": {"id_token_signed_response_alg": "none"},
    "an unsigned userinfo": {"userinfo_signed_response_alg": "none"},
    "unsigned requests": {"request_object_signing_alg": "none"},
    "requests by a shared secret": {"request_object_signing_alg": "HS256"},
    "another kind of subject": {"subject_type": "secret"},
    "a script as terms in German": {"tos_uri#de": "javascript:alert(1)"},
    "a name that turns": {"client_name#ar": "a\u202eb"},
    "a tag that is none": {"client_name#a b": "x"},
    "a list of classes that is none": {"default_acr_values": "1"},
    "names that are not ours to take": {"localized": {"client_name#de": "x"}},
    "a sector within": {"sector_identifier_uri": "https://169.254.169.254/latest"},
    "several sectors": {"subject_type": "pairwise", "redirect_uris": [BACK, OTHER]},
}


@pytest.mark.parametrize("metadata", REFUSED.values(), ids=list(REFUSED))
def test_metadata_that_cannot_be_had_is_refused(op: Server, metadata: dict[str, Any]) -> None:
    reply = register(op, **metadata)
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


def test_oidcc_redirect_uri_regfrag(op: Server) -> None:
    assert register(op, redirect_uris=[BACK + "#foo"]).error == "invalid_redirect_uri"


@pytest.mark.parametrize("name", ["logo_uri", "policy_uri", "tos_uri"])
def test_oidcc_registration_logo_policy_and_tos_uri_stand_on_the_pages(op: Server, name: str) -> None:
    uri = f"https://rp.example.org/{name}?a=1&b=2"
    person = PersonAtBrowser(op.url).open(relying(op, **{name: uri}).address())
    for go_on in (lambda: person.log_in(EMAIL, PASSWORD), person.allow):
        assert uri.replace("&", "&amp;") in person.page.text
        go_on()
    assert "code" in person.params


def test_a_client_is_named_in_the_language_that_is_asked_for(op: Server) -> None:
    found = relying(op, client_name="A thing", **{"client_name#de": "Ein Ding"})
    shown = {tag: PersonAtBrowser(op.url).open(found.address(ui_locales=tag)).page.text for tag in ("fr de-AT", "fr")}
    assert "Ein Ding" in shown["fr de-AT"]
    assert "A thing" in shown["fr"]


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_oidcc_idtoken_alg(op: Server, alg: str) -> None:
    token = relying(op, id_token_signed_response_alg=alg).tokens()["id_token"]
    assert jose.peek(token)[0]["alg"] == alg


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_oidcc_userinfo_rs256(op: Server, alg: str) -> None:
    found = relying(op, userinfo_signed_response_alg=alg)
    tokens = found.tokens(scope="openid email")
    reply = op.get("/userinfo", bearer=tokens["access_token"])
    assert reply.headers["content-type"] == "application/jwt"
    said = verified(op, reply.body.decode())
    assert (said["iss"], said["aud"], said["sub"], said["email"]) == (op.issuer, found.id, tokens["id"]["sub"], EMAIL)
    assert op.get("/userinfo", bearer=reply.body.decode()).status == 401, "row 19: it is no access token"


def test_default_max_age_is_kept_to(op: Server) -> None:
    person = relying(op).visit()
    assert relying(op, default_max_age=10_000).visit(person, prompt="none").params["error"] == "consent_required"
    assert relying(op, default_max_age=0).visit(person, prompt="none").params["error"] == "login_required"


def test_a_client_may_register_keys_whatever_its_method(op: Server) -> None:
    assert relying(op, jwks=PUBLIC).tokens()["id"]["nonce"] == "no"


# --- pairwise names


def test_a_person_has_another_name_in_each_sector_and_the_same_everywhere_in_one(op: Server) -> None:
    one, same = (relying(op, subject_type="pairwise") for _ in range(2))
    other, public = relying(op, subject_type="pairwise", redirect_uris=[OTHER]), relying(op)
    names = [client.tokens()["id"]["sub"] for client in (one, same, other, public)]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    ada = public.tokens()["id"]["sub"]
    assert ada not in names[:3]


def test_a_pairwise_name_is_the_same_in_token_userinfo_introspection_and_id_token(op: Server) -> None:
    found = relying(op, subject_type="pairwise", grant_types=["authorization_code", "refresh_token"])
    tokens = found.tokens(scope="openid email")
    name, ada = tokens["id"]["sub"], relying(op).tokens()["id"]["sub"]
    access = verified(op, tokens["access_token"])
    assert access["sub"] == access["user_id"] == name
    assert op.get("/userinfo", bearer=tokens["access_token"]).json() == {
        "sub": name,
        "email": EMAIL,
        "email_verified": False,
    }
    for one in ("access_token", "refresh_token"):
        said = op.post("/oauth2/introspect", {"token": tokens[one]}, basic=found.pair).json()
        assert (said["active"], said["sub"]) == (True, name)
        assert ada not in json.dumps(said)
    person = found.visit()
    assert "code" in found.visit(person, prompt="none", id_token_hint=tokens["id_token"]).params
    op.post("/oauth2/revoke", {"token": tokens["refresh_token"]}, basic=found.pair)
    assert op.get("/userinfo", bearer=tokens["access_token"]).status == 401


def test_who_is_disabled_loses_the_tokens_with_a_pairwise_name_as_well(op: Server) -> None:
    cal = op.user_add("cal@example.org", PASSWORD)
    found = relying(op, subject_type="pairwise")
    person = finish(PersonAtBrowser(op.url).open(found.address()), "cal@example.org")
    token = found.redeem(person).json()["access_token"]
    assert op.get("/userinfo", bearer=token).status == 200
    op.user_edit(cal, active=False)
    assert poll(lambda: op.get("/userinfo", bearer=token).status == 401)


# --- sectors


@contextmanager
def serving(bodies: dict[str, bytes]) -> Iterator[str]:
    """A web server of the relying party's; ``bodies`` by path. It notes nothing and ends with the block."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            body = bodies.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with web_server(Handler) as web:
        yield f"http://127.0.0.1:{web.server_port}"


def test_oidcc_registration_sector_uri_and_sector_bad(tmp_path: Path) -> None:
    bodies = {"/good": json.dumps([BACK, OTHER]).encode(), "/bad": json.dumps([OTHER]).encode(), "/odd": b"{}"}
    with (
        serving(bodies) as web,
        running(tmp_path, toml=f'registration = "open"\nfetch_allow = ["{web.removeprefix("http://")}"]\n') as server,
    ):
        server.user_add(EMAIL, PASSWORD)
        wanted = {"subject_type": "pairwise", "redirect_uris": [BACK, OTHER]}
        one = relying(server, **wanted, sector_identifier_uri=f"{web}/good")
        two = relying(server, subject_type="pairwise", redirect_uris=[OTHER], sector_identifier_uri=f"{web}/good")
        assert one.tokens()["id"]["sub"] == two.tokens()["id"]["sub"]
        for path in ("/bad", "/odd", "/none"):
            reply = register(server, **wanted, sector_identifier_uri=web + path)
            assert (reply.status, reply.error) == (400, "invalid_client_metadata")


def test_oidcc_registration_jwks_uri_and_oidcc_refresh_token_rp_key_rotation(tmp_path: Path) -> None:
    old, new = (jose.generate("ES256") for _ in range(2))
    bodies = {"/jwks": keys_of(old)}
    with serving(bodies) as web:
        toml = f'registration = "open"\nfetch_allow = ["{web.removeprefix("http://")}"]\n'
        with running(tmp_path, toml=toml) as server:
            server.user_add(EMAIL, PASSWORD)
            grants = ["authorization_code", "refresh_token"]
            client = relying(
                server, token_endpoint_auth_method="private_key_jwt", grant_types=grants, jwks_uri=f"{web}/jwks"
            )
            person = client.visit()
            form = {"grant_type": "authorization_code", "code": person.params["code"], "redirect_uri": BACK}
            found = server.post("/oauth2/token", form | {"code_verifier": VERIFIER} | proof(client, old))
            assert found.status == 200, found.body
            bodies["/jwks"] = keys_of(new)
            form = {"grant_type": "refresh_token", "refresh_token": found.json()["refresh_token"]}
            renewed = poll(lambda: fulfilled(server.post("/oauth2/token", form | proof(client, new))), 15)
            assert "access_token" in renewed.json()


def fulfilled(reply: Reply) -> Reply | None:
    return reply if reply.status == 200 else None


def keys_of(key: Any) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) | {"kid": key.thumbprint()}]}).encode()


def proof(client: Relying, key: Any) -> dict[str, str]:
    now = int(time.time())
    claims = {"iss": client.id, "sub": client.id, "aud": client.server.issuer, "jti": new_id(), "exp": now + 60}
    made = jose.sign({"alg": "ES256", "kid": key.thumbprint()}, claims, key)
    return {"client_assertion": made, "client_assertion_type": ASSERTION_TYPE, "client_id": client.id}


def test_a_change_of_redirects_that_leaves_the_sector_is_refused(op: Server) -> None:
    about = relying(op, subject_type="pairwise").about
    path, token = about["registration_client_uri"].removeprefix(op.issuer), about["registration_access_token"]
    changed = {"client_id": about["client_id"], "subject_type": "pairwise", "redirect_uris": [BACK, OTHER]}
    reply = op.call(
        "PUT", path, body=json.dumps(changed).encode(), headers={"Content-Type": "application/json"}, bearer=token
    )
    assert reply.error == "invalid_client_metadata"
