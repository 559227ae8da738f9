"""``lychgate client ...``"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from lychgate.oauth import jose

from .conftest import Operate

SECRET = 43  # characters


def _jwks(*keys: object) -> str:
    return json.dumps({"keys": list(keys)})


@pytest.fixture(scope="module")
def public() -> dict[str, object]:
    return dict(jose.generate("ES256").as_dict(private=False))


@pytest.fixture
def jwks(tmp_path: Path, public: dict[str, object]) -> str:
    path = tmp_path / "keys.json"
    path.write_text(_jwks(public))
    return str(path)


def test_a_client_is_made_with_a_secret_that_is_shown_once_and_a_command_to_type(operate: Operate):
    said = operate("client", "add", "--id", "robot")
    secret = next(line.split()[-1] for line in said.out.splitlines() if "client_secret " in line)
    assert len(secret) == SECRET
    assert "shown only now" in said.out
    assert "curl -u robot -d grant_type=client_credentials http://" in said.out
    assert said.out.count(secret) == 1
    again = operate("client", "list", "--json").out + operate("client", "edit", "robot", "--name", "Robot").out
    assert secret not in again + operate("client", "show", "robot").out


def test_one_client_is_shown_whole(operate: Operate):
    operate("user", "add", "eve@example.org", "--password-stdin", stdin="hunter2\n")
    made = operate("client", "add", "--id", "shown", "--owner", "eve@example.org", "--json").json()
    assert operate("client", "show", "shown", "--json").json() == {
        k: v for k, v in made.items() if k != "client_secret"
    }
    lines = dict(line.split(maxsplit=1) for line in operate("client", "show", "shown").out.splitlines())
    assert (lines["owner"], lines["grant_types"], lines["scopes"]) == ("eve@example.org", "client_credentials", "-")
    assert operate("client", "show", "nobody").status == 1


def test_each_option_of_a_client_is_kept(operate: Operate):
    operate("user", "add", "ada@example.org", "--password-stdin", stdin="hunter2\n")
    made = operate(
        "client", "add", "--id", "whole", "--name", "Whole", "--owner", "ada@example.org",
        "--method", "client_secret_post", "--method", "client_secret_jwt", "--grant", "password", "--grant",
        "refresh_token", "--grant", "client_credentials", "--redirect-uri", "https://app.example.org/cb",
        "--alg", "RS256", "--lifetime", "60",
        "--scope", "read", "--scope", "write", "--audience", "https://api.example.org",
        "--resource", "https://me.example.org", "--group", "staff",
        "--backchannel-logout-uri", "https://app.example.org/out", "--backchannel-logout-session-required",
        "--post-logout-redirect-uri", "https://app.example.org/bye", "--json",
    ).json()  # fmt: skip
    assert len(made.pop("client_secret")) == SECRET
    owner = operate("user", "list", "--search", "ada@", "--json").json()[0]["id"]
    expected = {
        "client_id": "whole",
        "client_name": "Whole",
        "owner": owner,
        "token_endpoint_auth_methods": ["client_secret_jwt", "client_secret_post"],
        "grant_types": ["client_credentials", "password", "refresh_token"],
        "redirect_uris": ["https://app.example.org/cb"],
        "alg": "RS256",
        "lifetime": 60,
        "scopes": ["read", "write"],
        "audiences": ["https://api.example.org"],
        "resources": ["https://me.example.org"],
        "groups": ["staff"],
        "active": True,
        "backchannel_logout_uri": "https://app.example.org/out",
        "backchannel_logout_session_required": True,
        "post_logout_redirect_uris": ["https://app.example.org/bye"],
    }
    assert {name: made[name] for name in expected} == expected
    listed = operate("client", "list", "--owner", "ada@example.org", "--json").json()
    assert [one["client_id"] for one in listed] == ["whole"]


def test_a_grant_with_a_long_name_may_be_typed_short(operate: Operate):
    given = ("--grant", "token-exchange", "--grant", "jwt-bearer", "--grant", "device-code")
    made = operate("client", "add", "--id", "short", *given, "--json").json()
    names = ("token-exchange", "jwt-bearer", "device_code")
    assert sorted(made["grant_types"]) == sorted(f"urn:ietf:params:oauth:grant-type:{name}" for name in names)
    public = operate("client", "add", "--public", "--grant", "token-exchange")
    assert (public.status, "not for a public client" in public.err) == (1, True)


def test_a_client_with_keys_of_its_own_has_no_secret(operate: Operate, jwks: str):
    made = operate("client", "add", "--method", "private_key_jwt", "--jwks", jwks, "--json").json()
    assert "client_secret" not in made
    assert made["secrets"] == []
    assert made["client_name"] == f"client {made['client_id'][:8]}"


def test_a_public_client_has_no_secret(operate: Operate):
    made = operate("client", "add", "--id", "app", "--public", "--grant", "password", "--json").json()
    assert made["token_endpoint_auth_methods"] == ["none"]
    assert "client_secret" not in made


CONTRADICTIONS = {
    "a public client with a secret": ("--public", "--method", "client_secret_jwt", "--grant", "password"),
    "a public client for itself": ("--public",),
    "an unknown grant": ("--grant", "implicit"),
    "a grant in another case": ("--grant", "Password"),
    "an unknown method": ("--method", "tls_client_auth"),
    "an unknown algorithm": ("--alg", "HS256"),
    "no algorithm at all": ("--alg", "none"),
    "an unknown owner": ("--owner", "nobody@example.org"),
    "an unknown realm": ("--realm", "nowhere"),
    "a redirect URI with a fragment": ("--redirect-uri", "https://app.example.org/cb#x"),
    "a redirect URI that is a script": ("--redirect-uri", "JaVaScRiPt:alert(1)"),
    "a redirect URI that is data": ("--redirect-uri", "data:text/html,x"),
    "a redirect URI of plain http elsewhere": ("--redirect-uri", "http://app.example.org/cb"),
    "a redirect URI that only looks like this machine": ("--redirect-uri", "http://localhost.example.org/cb"),
    "a redirect URI with a user": ("--redirect-uri", "https://u@app.example.org/cb"),
    "a redirect URI with a wildcard": ("--redirect-uri", "https://*.example.org/cb"),
    "refreshing with no login": ("--grant", "refresh_token"),
    "no keys where they are used": ("--method", "private_key_jwt"),
    "keys at an inner address": ("--method", "private_key_jwt", "--jwks-uri", "https://169.254.169.254/jwks"),
    "keys by plain http": ("--method", "private_key_jwt", "--jwks-uri", "http://app.example.org/jwks"),
    "hearing of logouts at an inner address": ("--backchannel-logout-uri", "https://169.254.169.254/out"),
    "a way back of plain http elsewhere": ("--post-logout-redirect-uri", "http://app.example.org/bye"),
    "a lifetime of nothing": ("--lifetime", "0"),
    "a lifetime beyond the server's": ("--lifetime", "86401"),
    "a scope with a quote": ("--scope", 'a"b'),
    "an audience with a fragment": ("--audience", "https://api.example.org/#x"),
    "a resource that is no URI": ("--resource", "api"),
    "a name with a line break": ("--name", "a\nSet-Cookie: x"),
    "a name that turns what stands beside it": ("--name", "safe\u202egpj.exe"),
    "an id with a space": ("--id", "a b"),
}


@pytest.mark.parametrize("options", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_what_contradicts_itself_is_refused_with_one_clear_line(operate: Operate, options: tuple[str, ...]):
    before = operate("client", "list", "--json").out
    said = operate("client", "add", *options)
    assert said.status == 1
    assert said.out == ""
    assert said.err.startswith("lychgate: ")
    assert said.err.count("\n") == 1
    assert operate("client", "list", "--json").out == before


def test_a_jwk_set_with_what_must_not_be_in_it_is_refused(operate: Operate, tmp_path: Path, public: dict[str, object]):
    from joserfc.errors import SecurityWarning
    from joserfc.jwk import OctKey, RSAKey

    warnings.filterwarnings("ignore", category=SecurityWarning)
    sets = {
        "a private key": _jwks(public, jose.generate("ES256").as_dict(private=True)),
        "a shared secret": _jwks(OctKey.generate_key(256).as_dict(private=True)),
        "a short RSA key": _jwks(RSAKey.generate_key(1024, auto_kid=False).as_dict(private=False)),
        "no key": _jwks(),
        "only what is unknown": _jwks({"kty": "XYZ"}),
        "no JSON": "keys",
        "a list": "[]",
        "nested too deep": "[" * 100_000,
    }
    for what, text in sets.items():
        path = tmp_path / "bad.json"
        path.write_text(text)
        said = operate("client", "add", "--method", "private_key_jwt", "--jwks", str(path))
        assert said.status == 1, what
        assert said.err.startswith("lychgate: jwks: "), said.err


def test_keys_are_given_one_way_and_the_other_way_replaces_it(operate: Operate, jwks: str):
    both = operate("client", "add", "--method", "private_key_jwt", "--jwks", jwks, "--jwks-uri", "https://a.example/j")
    assert both.status == 2
    operate("client", "add", "--id", "keyed", "--method", "private_key_jwt", "--jwks", jwks)
    assert operate("client", "edit", "keyed", "--jwks-uri", "https://a.example/j").status == 0
    found = next(one for one in operate("client", "list", "--json").json() if one["client_id"] == "keyed")
    assert found["jwks_uri"] == "https://a.example/j"


def test_what_a_client_hears_of_logouts_is_changed_one_by_one_and_taken_away(operate: Operate):
    operate("client", "add", "--id", "rp", "--dpop", "--backchannel-logout-uri", "https://rp.example.org/out")
    after = ("--post-logout-redirect-uri", "https://a.example/", "--post-logout-redirect-uri", "https://b.example/")
    both = operate("client", "edit", "rp", *after, "--json").json()
    assert both["post_logout_redirect_uris"] == ["https://a.example/", "https://b.example/"]
    assert both["backchannel_logout_uri"] == "https://rp.example.org/out"
    gone = operate("client", "edit", "rp", "--backchannel-logout-uri", "", "--post-logout-redirect-uri", "", "--json")
    assert not {"backchannel_logout_uri", "post_logout_redirect_uris"} & gone.json().keys()
    assert gone.json()["dpop_bound_access_tokens"] is True


def test_an_id_in_use_is_refused(operate: Operate):
    operate("client", "add", "--id", "twice")
    said = operate("client", "add", "--id", "twice")
    assert said.status == 1
    assert "already" in said.err


def test_editing_names_the_client_once_by_argument_or_by_option(operate: Operate):
    operate("client", "add", "--id", "edited", "--scope", "a")
    assert operate("client", "edit", "edited", "--scope", "b", "--lifetime", "30").status == 0
    assert operate("client", "edit", "--id", "edited", "--name", "Edited").status == 0
    found = next(one for one in operate("client", "list", "--json").json() if one["client_id"] == "edited")
    assert (found["scopes"], found["lifetime"], found["client_name"]) == (["b"], 30, "Edited")
    assert operate("client", "edit", "edited", "--id", "edited", "--scope", "c").status == 2
    assert operate("client", "edit", "--scope", "c").status == 2
    assert operate("client", "edit", "edited").status == 2
    assert operate("client", "edit", "unknown", "--scope", "c").status == 1


def test_a_first_secret_is_made_when_the_methods_come_to_need_one(operate: Operate):
    operate("client", "add", "--id", "open", "--public", "--grant", "password")
    changed = operate("client", "edit", "open", "--method", "client_secret_basic", "--json").json()
    assert len(changed["client_secret"]) == SECRET


def test_a_rotated_secret_leaves_the_old_one_for_a_stated_time(operate: Operate):
    operate("client", "add", "--id", "turning")
    said = operate("client", "rotate-secret", "turning", "--keep", "3600")
    assert "The old secret ends at " in said.out
    kept = operate("client", "rotate-secret", "turning", "--keep", "0", "--json").json()
    assert len(kept["client_secret"]) == SECRET
    assert operate("client", "rotate-secret", "turning", "--keep", "-1").status == 1
    assert operate("client", "rotate-secret", "app").status == 1


def test_disabling_enabling_and_removing(operate: Operate):
    operate("client", "add", "--id", "short-lived")
    assert operate("client", "disable", "short-lived").status == 0
    found = next(one for one in operate("client", "list", "--json").json() if one["client_id"] == "short-lived")
    assert found["active"] is False
    assert operate("client", "enable", "short-lived").status == 0
    assert operate("client", "remove", "short-lived", "--yes").status == 0
    assert operate("client", "remove", "short-lived", "--yes").status == 1


def test_the_servers_own_client_can_be_disabled_and_nothing_else(operate: Operate):
    assert operate("client", "remove", "climate-engine", "--yes").status == 1
    assert operate("client", "edit", "climate-engine", "--grant", "client_credentials").status == 1
    assert operate("client", "disable", "climate-engine").status == 0
    assert operate("client", "enable", "climate-engine").status == 0


def test_an_initial_access_token_is_shown_once_listed_without_itself_and_removed(operate: Operate):
    token = operate("client", "initial-token", "add", "--uses", "3", "--lasting", "7d").out.strip()
    assert len(token) == SECRET
    listed = operate("client", "initial-token", "list", "--json")
    (row,) = listed.json()
    assert row["uses"] == 3
    assert token not in listed.out + operate("client", "initial-token", "list").out
    assert operate("client", "initial-token", "remove", "0" * 16).status == 1
    assert operate("client", "initial-token", "remove", row["id"]).status == 0
    assert operate("client", "initial-token", "list", "--json").json() == []
    assert operate("client", "initial-token", "add", "--lasting", "soon").status == 2
