"""Bound tokens at the guard: DPoP proofs (RFC 9449 7) and certificates (RFC 8705 3), as frameworks bring calls."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from lychgate.guard import Guard, Refusal, asgi, wsgi
from lychgate.guard.replays import Full, Replays
from lychgate.kernel.errors import ConfigError
from lychgate.oauth import bound, dpop, jose
from support.dpop import Holder
from support.issuer import TinyIssuer
from support.tls import certificate

API = "https://api.example.org"


@pytest.fixture(scope="module")
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture(scope="module")
def guard(issuer: TinyIssuer) -> Guard:
    return Guard(issuer.url, API)


@pytest.fixture
def holder() -> Holder:
    return Holder()


def by_asgi(token: str, *proofs: str, scheme: str = "DPoP", path: str = "/data", **more: Any) -> Any:
    fields = [(b"host", b"api.example.org"), (b"authorization", f"{scheme} {token}".encode())]
    fields += [(b"dpop", proof.encode()) for proof in proofs]
    fields += [(name.encode(), value.encode()) for name, value in more.pop("fields", {}).items()]
    scope = {"type": "http", "method": "GET", "scheme": "https", "path": path, "raw_path": path.encode()}
    return asgi.call_of({**scope, "query_string": b"a=1", "client": ("192.0.2.7", 5), "headers": fields, **more})


def by_wsgi(token: str, *proofs: str, scheme: str = "DPoP", path: str = "/data", **more: Any) -> Any:
    fields = {"HTTP_HOST": "api.example.org", "HTTP_AUTHORIZATION": f"{scheme} {token}"}
    fields |= {"HTTP_DPOP": ",".join(proofs)} if proofs else {}
    place = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https", "PATH_INFO": path, "REMOTE_ADDR": "192.0.2.7"}
    return wsgi.call_of({**place, **fields, **more})


def refused(guard: Guard, call: Any) -> Refusal:
    with pytest.raises(Refusal) as found:
        guard.admit(call)
    return found.value


def bound_to(issuer: TinyIssuer, holder: Holder, **more: Any) -> str:
    return issuer.token(**{"aud": [API], "cnf": {"jkt": holder.jkt}, **more})


@pytest.mark.parametrize("call", [by_asgi, by_wsgi], ids=["ASGI", "WSGI"])
def test_a_proof_lets_its_own_request_through_once(
    guard: Guard, issuer: TinyIssuer, holder: Holder, call: Callable[..., Any]
) -> None:
    token = bound_to(issuer, holder)
    proof = holder.proof("GET", f"{API}/data", token)
    assert guard.admit(call(token, proof)).subject == "ada"
    refusal = refused(guard, call(token, proof))
    assert (refusal.status, refusal.error, "used before" in refusal.description) == (401, "invalid_dpop_proof", True)
    assert guard.admit(call(token, holder.proof("GET", f"{API}/data", token))).subject == "ada"


def test_a_bound_token_as_a_plain_bearer_is_sent_away_with_the_right_challenge(
    guard: Guard, issuer: TinyIssuer, holder: Holder
) -> None:
    token = bound_to(issuer, holder)
    proof = holder.proof("GET", f"{API}/data", token)
    for call in (by_asgi(token, proof, scheme="Bearer"), by_wsgi(token, scheme="bearer")):
        challenge = dict(refused(guard, call).headers())["www-authenticate"]
        assert challenge.startswith('DPoP error="invalid_token", resource_metadata=')
        assert 'algs="ES256 ' in challenge
    plain = issuer.token(aud=[API])
    said = dict(refused(guard, by_asgi(plain, holder.proof("GET", f"{API}/data", plain))).headers())
    assert said["www-authenticate"].startswith('Bearer error="invalid_token"')


OTHER = Holder()
WRONG: dict[str, dict[str, Any]] = {  # rows 16 to 20 of the attacks, on a proof
    "none": {"proofs": []},
    "two": {"twice": True},
    "another method": {"method": "POST"},
    "another URL": {"url": f"{API}/other"},
    "another host": {"url": "https://evil.example.org/data"},
    "plain http": {"url": "http://api.example.org/data"},
    "another token": {"token": "x.y.z"},
    "no ath": {"ath": None},
    "too old": {"iat": int(time.time()) - 3600},
    "from the future": {"iat": int(time.time()) + 3600},
    "no time": {"iat": None},
    "no jti": {"jti": None},
    "a jti of a megabyte": {"jti": "x" * 3000},
    "another typ": {"header": {"typ": "JWT"}},
    "no key": {"header": {"jwk": None}},
    "a private key": {"header": {"jwk": OTHER.key.as_dict(private=True)}},
    "another's key named": {"header": {"jwk": jose.public_jwk(OTHER.key)}},
    "a key by address": {"header": {"jku": "https://evil.example.org/keys"}},
    "critical": {"header": {"crit": ["bork"], "bork": 1}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_proof_that_is_wrong_is_refused(guard: Guard, issuer: TinyIssuer, holder: Holder, wrong: str) -> None:
    how = dict(WRONG[wrong])
    token = bound_to(issuer, holder)
    method, url, ath = how.pop("method", "GET"), how.pop("url", f"{API}/data"), how.pop("token", token)
    many, proofs = how.pop("twice", False), how.pop("proofs", None)
    try:
        made = holder.proof(method, url, ath, **how)
    except ValueError:  # what no library writes
        made = holder.proof(method, url, ath) + "x"
    refusal = refused(guard, by_asgi(token, *([made, made] if many else [made] if proofs is None else proofs)))
    assert (refusal.status, refusal.error) == (401, "invalid_dpop_proof")


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_a_proof_that_nothing_signs_is_refused(guard: Guard, issuer: TinyIssuer, holder: Holder, alg: str) -> None:
    token = bound_to(issuer, holder)
    head, _, rest = holder.proof("GET", f"{API}/data", token).partition(".")
    said = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).replace(b'"ES256"', f'"{alg}"'.encode())
    forged = base64.urlsafe_b64encode(said).rstrip(b"=").decode() + "." + rest.partition(".")[0] + "."
    assert refused(guard, by_asgi(token, forged)).error == "invalid_dpop_proof"


def test_a_bound_token_in_the_url_is_not_read_and_two_of_them_are_refused(
    guard: Guard, issuer: TinyIssuer, holder: Holder
) -> None:
    """Row 37."""
    token = bound_to(issuer, holder)
    proof = holder.proof("GET", f"{API}/data", token)
    beside = by_asgi(token, proof)
    in_url = f"access_token={token}".encode()
    for scheme in ("DPoP", "dpop"):
        fields = [(b"authorization", f"{scheme} {token}".encode()), (b"dpop", proof.encode())]
        call = asgi.call_of({"type": "http", "path": "/data", "headers": fields, "query_string": in_url})
        assert refused(guard, call).status == 400
    alone = asgi.call_of({"type": "http", "path": "/data", "headers": [(b"dpop", b"x")], "query_string": in_url})
    assert refused(guard, alone).status == 401
    assert guard.admit(beside).subject == "ada"


def test_whoever_has_another_key_does_not_pass(guard: Guard, issuer: TinyIssuer, holder: Holder) -> None:
    token = bound_to(issuer, holder)
    refusal = refused(guard, by_asgi(token, OTHER.proof("GET", f"{API}/data", token)))
    assert (refusal.error, "another key" in refusal.description) == ("invalid_token", True)


@pytest.mark.parametrize("cnf", ["x", {}, {"jkt": "short"}, {"jwk": {}}, {"jkt": 1}, []], ids=str)
def test_a_binding_that_nobody_knows_is_no_reason_to_let_anybody_in(
    guard: Guard, issuer: TinyIssuer, holder: Holder, cnf: Any
) -> None:
    token = issuer.token(aud=[API], cnf=cnf)
    assert refused(guard, by_asgi(token, scheme="Bearer")).error == "invalid_token"
    assert refused(guard, by_asgi(token, holder.proof("GET", f"{API}/data", token))).error == "invalid_token"


def test_a_path_is_compared_as_it_was_sent(guard: Guard, issuer: TinyIssuer, holder: Holder) -> None:
    token = bound_to(issuer, holder)
    for sent in ("/a%2Fb/(c);d=1", "/%7Eada/%C3%A9"):
        assert guard.admit(by_asgi(token, holder.proof("GET", API + sent, token), path=sent)).subject == "ada"
        raw = {"REQUEST_URI": sent + "?a=1", "path": "/elsewhere"}
        assert guard.admit(by_wsgi(token, holder.proof("GET", API + sent, token), **raw)).subject == "ada"
    plain = quote("/é", safe="/")
    call = by_wsgi(token, holder.proof("GET", API + plain, token), path="/é".encode().decode("latin-1"))
    assert guard.admit(call).subject == "ada"


def test_the_host_of_a_request_is_believed_only_where_nobody_said_what_the_api_is_called(
    issuer: TinyIssuer, holder: Holder
) -> None:
    token = bound_to(issuer, holder, aud=["wps"])
    evil = [("host", "evil.example.org")]
    fields = {"host": "evil.example.org"}
    named = Guard(issuer.url, "wps", origins=[API])
    unnamed = Guard(issuer.url, "wps")
    for given in (named, unnamed):
        assert given.admit(by_asgi(token, holder.proof("GET", f"{API}/data", token))).subject == "ada"
    stolen = holder.proof("GET", "https://evil.example.org/data", token)
    assert refused(named, by_asgi(token, stolen, fields=fields)).error == "invalid_dpop_proof"
    assert refused(unnamed, by_asgi(token, stolen, fields=dict(evil))).error == "invalid_dpop_proof"  # two hosts


def test_a_path_that_a_proxy_takes_away_is_named_with_the_origin(issuer: TinyIssuer, holder: Holder) -> None:
    guard = Guard(issuer.url, API, origins=["https://example.org/wps/", API])
    token = bound_to(issuer, holder)
    for url in ("https://example.org/wps/data", f"{API}/data"):
        assert guard.admit(by_asgi(token, holder.proof("GET", url, token))).subject == "ada"
    assert refused(guard, by_asgi(token, holder.proof("GET", "https://example.org/data", token))).status == 401


def test_with_nonces_a_proof_must_hold_the_one_that_the_refusal_gave(issuer: TinyIssuer, holder: Holder) -> None:
    guard = Guard(issuer.url, API, nonces="a-secret-of-all-processes")
    token = bound_to(issuer, holder)
    refusal = refused(guard, by_asgi(token, holder.proof("GET", f"{API}/data", token)))
    said = dict(refusal.headers())
    assert said["www-authenticate"].startswith('DPoP error="use_dpop_nonce"')
    holder.nonce = said["dpop-nonce"]
    proof = holder.proof("GET", f"{API}/data", token)
    assert Guard(issuer.url, API, nonces="a-secret-of-all-processes").admit(by_asgi(token, proof)).subject == "ada"
    assert refused(Guard(issuer.url, API, nonces=True), by_asgi(token, proof)).error == "use_dpop_nonce"


def test_a_guard_may_take_bound_tokens_alone(issuer: TinyIssuer, holder: Holder) -> None:
    plain, token = issuer.token(aud=[API]), bound_to(issuer, holder)
    for wanted in (True, "dpop"):
        guard = Guard(issuer.url, API, bound=wanted)
        assert refused(guard, by_asgi(plain, scheme="Bearer")).dpop
        assert dict(refused(guard, asgi.call_of({"type": "http", "headers": []})).headers())[
            "www-authenticate"
        ].startswith("DPoP ")
        assert guard.admit(by_asgi(token, holder.proof("GET", f"{API}/data", token))).subject == "ada"
        with pytest.raises(Refusal):
            guard.verify(plain)
    assert b'"dpop_bound_access_tokens_required": true' in Guard(issuer.url, API, bound="dpop").published.body()
    mtls = Guard(issuer.url, API, bound="mtls")
    assert refused(mtls, by_asgi(token, holder.proof("GET", f"{API}/data", token))).error == "invalid_token"
    with pytest.raises(ConfigError):
        Guard(issuer.url, API, bound="always")


def test_what_the_issuer_says_at_introspection_binds_too(issuer: TinyIssuer, holder: Holder) -> None:
    guard = Guard(issuer.url, API, introspect=issuer.API_CLIENT, keys=False)
    issuer.told = {"token_type": "DPoP", "cnf": {"jkt": holder.jkt}}
    try:
        token = issuer.token(aud=[API])
        assert refused(guard, by_asgi(token, scheme="Bearer")).error == "invalid_token"
        assert guard.admit(by_asgi(token, holder.proof("GET", f"{API}/data", token))).subject == "ada"
    finally:
        issuer.told = {}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A certificate in PEM."""
    return certificate(tmp_path_factory.mktemp("mine"), "robot").cert.read_text()


@pytest.fixture(scope="module")
def certified(issuer: TinyIssuer, mine: str) -> str:
    """A token that is bound to it."""
    return issuer.token(aud=[API], cnf={"x5t#S256": bound.certificate_thumbprint(der(mine))})


def der(pem: str) -> bytes:
    import ssl

    return ssl.PEM_cert_to_DER_cert(pem)


def test_a_certificate_is_seen_where_servers_put_it(
    guard: Guard, issuer: TinyIssuer, mine: str, certified: str, tmp_path: Path
) -> None:
    tls: dict[str, Any] = {"extensions": {"tls": {"client_cert_chain": [mine]}}}
    assert guard.admit(by_asgi(certified, scheme="Bearer", **tls)).subject == "ada"
    assert guard.admit(by_asgi(certified, scheme="Bearer", client_certificate=der(mine))).subject == "ada"
    assert guard.admit(by_wsgi(certified, scheme="Bearer", SSL_CLIENT_CERT=mine)).subject == "ada"
    assert "shows none" in refused(guard, by_asgi(certified, scheme="Bearer")).description
    other = certificate(tmp_path, "other").cert.read_text()
    assert (
        "another certificate" in refused(guard, by_wsgi(certified, scheme="Bearer", SSL_CLIENT_CERT=other)).description
    )


def test_a_proxy_hands_certificates_on_and_nobody_else(
    guard: Guard, issuer: TinyIssuer, mine: str, certified: str
) -> None:
    rfc9440 = f":{base64.b64encode(der(mine)).decode()}:"
    behind = Guard(issuer.url, API, proxies=["192.0.2.0/24", "unix"])
    for text in (rfc9440, quote(mine)):
        call = by_asgi(certified, scheme="Bearer", fields={"client-cert": text})
        assert behind.admit(call).subject == "ada"
        assert refused(guard, call).error == "invalid_token"  # it trusts nobody
        elsewhere = by_wsgi(certified, scheme="Bearer", HTTP_CLIENT_CERT=text, REMOTE_ADDR="198.51.100.1")
        assert refused(behind, elsewhere).error == "invalid_token"
    assert behind.admit(by_wsgi(certified, scheme="Bearer", HTTP_CLIENT_CERT=rfc9440, REMOTE_ADDR="")).subject == "ada"
    for text in (":!!:", "::", ":" * 20_000, "-----BEGIN CERTIFICATE-----x", ":" + "QQ==" * 9000 + ":"):
        assert refused(behind, by_asgi(certified, scheme="Bearer", fields={"client-cert": text})).status == 401


def test_used_proofs_are_remembered_as_long_as_they_would_be_good_and_in_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    replays = Replays(limit=3)
    assert replays.spend("a", "1")
    assert replays.spend("b", "1")
    assert not replays.spend("a", "1")
    assert replays.spend("a", "2")
    with pytest.raises(Full):
        replays.spend("a", "3")
    clock[0] += dpop.WINDOW + 2 * dpop.LEEWAY
    assert not replays.spend("a", "1")
    clock[0] += dpop.WINDOW + 2 * dpop.LEEWAY
    assert replays.spend("a", "3")


def test_the_metadata_says_which_proofs_are_understood(issuer: TinyIssuer) -> None:
    told = httpx2.Response(200, content=Guard(issuer.url, API).published.body()).json()
    assert "ES256" in told["dpop_signing_alg_values_supported"]
    assert "dpop_bound_access_tokens_required" not in told
