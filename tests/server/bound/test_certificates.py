"""Mutual TLS (RFC 8705) at our own TLS: clients that prove themselves by a certificate, and tokens bound to one."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from cryptography.x509 import DNSName, GeneralName, IPAddress, RFC822Name, UniformResourceIdentifier

from lychgate.oauth import bound, jose, pkce
from lychgate.oauth.error import OAuthError
from support.certificates import Shown, made
from support.person import PersonAtBrowser
from support.relying import finish
from support.server import Made, Server, poll, running
from support.tls import Tls, certificate

EMAIL, PASSWORD = "ada@example.org", "hunter2"
BACK = "https://app.example/back"
VERIFIER = "v" * 43
TOKEN, INTROSPECT = "/oauth2/token", "/oauth2/introspect"
ROBOT = {"grant_type": "client_credentials"}
DN = "tls_client_auth_subject_dn"
BOUND = {"tls_client_certificate_bound_access_tokens": True}
BARE = json.dumps({"keys": [jose.generate("ES256").as_dict(private=False)]})
SWAPPED = json.dumps({"keys": [json.loads(BARE)["keys"][0] | {"x5c": json.loads(made("x").jwks)["keys"][0]["x5c"]}]})
STRANGE = base64.b64encode(made("x").der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x75")).decode()  # version


def odd(text: str) -> str:
    """A JWK set whose certificate is ``text``."""
    return json.dumps({"keys": [json.loads(BARE)["keys"][0] | {"x5c": [text]}]})


Caller = Callable[[Shown | None], httpx2.Client]


@pytest.fixture(scope="module")
def authority() -> Shown:
    return made("Authority", ca=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def server(tls: Tls, authority: Shown) -> Iterator[Server]:
    folder = tls.ca.parent
    trusted = folder / "clients-ca.pem"
    trusted.write_text(authority.pem)
    options = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key), "--tls-client-ca", str(trusted))
    with running(folder / "data", *options) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def calling(server: Server, tls: Tls) -> Iterator[Caller]:
    """A connection that shows a certificate, or none."""
    opened: list[httpx2.Client] = []

    def call(shown: Shown | None) -> httpx2.Client:
        plain = ssl.create_default_context(cafile=str(tls.ca))
        context = plain if shown is None else shown.context(tls.ca.parent, tls.ca)
        opened.append(httpx2.Client(base_url=server.url, verify=context, timeout=20))
        return opened[-1]

    yield call
    for one in opened:
        one.close()


def robot(server: Server, name: str, **extra: Any) -> Made:
    """A client that is known by the name in its certificate."""
    return server.client_add(methods=["tls_client_auth"], scopes=("read",), extra={DN: name} | extra)


def claims_of(reply: Any) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    return jose.peek(reply.json()["access_token"])[1]


def test_a_robot_proves_itself_by_its_certificate_and_its_tokens_are_bound_to_it(
    server: Server, calling: Caller, authority: Shown
) -> None:
    mine = made("robot", authority)
    made_robot = robot(server, "cn=Robot, o=tests , C=ch", **BOUND)
    reply = calling(mine).post(TOKEN, data=ROBOT | {"client_id": made_robot.id})
    assert reply.json()["token_type"] == "Bearer"
    x5t = {"x5t#S256": bound.certificate_thumbprint(mine.der)}
    assert claims_of(reply)["cnf"] == x5t
    told = calling(mine).post(INTROSPECT, data={"token": reply.json()["access_token"], "client_id": made_robot.id})
    assert (told.json()["active"], told.json()["cnf"], told.json()["token_type"]) == (True, x5t, "Bearer")


def test_no_certificate_another_name_and_an_expired_one_prove_nothing(
    server: Server, calling: Caller, authority: Shown
) -> None:
    form = ROBOT | {"client_id": robot(server, "CN=robot,O=Tests,C=CH").id}
    assert calling(made("robot", authority)).post(TOKEN, data=form).status_code == 200
    for shown in (None, made("robot2", authority)):
        reply = calling(shown).post(TOKEN, data=form)
        assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    for refused in (made("robot", authority, ends=-1), made("robot", made("Authority", ca=True)), made("robot")):
        with pytest.raises(httpx2.TransportError):  # TLS itself takes none of these
            calling(refused).post(TOKEN, data=form)
    assert calling(None).get("/jwks").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("dns", "Robot.example.org", DNSName("robot.example.org")),
        ("uri", "spiffe://tests/robot", UniformResourceIdentifier("spiffe://tests/robot")),
        ("ip", "2001:db8:0::1", IPAddress(ip_address("2001:db8::1"))),
        ("email", "robot@example.org", RFC822Name("robot@example.org")),
    ],
)
def test_an_alternative_name_counts_where_it_is_registered(
    server: Server, calling: Caller, authority: Shown, field: str, value: str, name: GeneralName
) -> None:
    extra = {f"tls_client_auth_san_{field}": value}
    form = ROBOT | {"client_id": server.client_add(methods=["tls_client_auth"], extra=extra).id}
    assert calling(made("x", authority, names=(name,))).post(TOKEN, data=form).status_code == 200
    assert calling(made(value, authority)).post(TOKEN, data=form).status_code == 401


def test_a_self_signed_certificate_is_good_once_it_is_registered(server: Server, calling: Caller) -> None:
    mine, other = made("self", ca=True), made("self")
    with pytest.raises(httpx2.TransportError):
        calling(mine).post(TOKEN, data=ROBOT)
    one = server.client_add(methods=["self_signed_tls_client_auth"], jwks=mine.jwks, extra=BOUND)
    two = server.client_add(methods=["self_signed_tls_client_auth"], jwks=other.jwks)
    form = ROBOT | {"client_id": one.id}
    reply = poll(lambda: _posted(calling, mine, form))  # TLS hears of it from the change feed
    assert claims_of(reply)["cnf"] == {"x5t#S256": bound.certificate_thumbprint(mine.der)}
    assert poll(lambda: _posted(calling, other, ROBOT | {"client_id": two.id})).status_code == 200
    assert calling(mine).post(TOKEN, data=ROBOT | {"client_id": two.id}).status_code == 401


def _posted(calling: Caller, shown: Shown, form: dict[str, str]) -> Any:
    try:
        return calling(shown).post(TOKEN, data=form)
    except httpx2.TransportError:
        return None


def test_a_registered_certificate_vouches_for_no_name_of_another(
    server: Server, calling: Caller, authority: Shown
) -> None:
    form = ROBOT | {"client_id": robot(server, "CN=treasury,O=Tests,C=CH").id}
    rogue = made("rogue", ca=True)
    own = server.client_add(methods=["self_signed_tls_client_auth"], jwks=rogue.jwks)
    poll(lambda: _posted(calling, rogue, ROBOT | {"client_id": own.id}))
    forged = made("treasury", rogue)
    reply = calling(forged).post(TOKEN, data=form)  # TLS takes it, since it knows the rogue's
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    assert "no authority" in reply.json()["error_description"]
    assert calling(made("treasury", authority)).post(TOKEN, data=form).status_code == 200


def test_a_public_clients_login_is_bound_to_its_certificate(
    server: Server, calling: Caller, authority: Shown, tls: Tls
) -> None:
    app = server.client_add(
        methods=["none"], grants=["authorization_code", "refresh_token"], redirect_uris=(BACK,), extra=BOUND
    )
    asked = {"response_type": "code", "client_id": app.id, "redirect_uri": BACK, "code_challenge_method": "S256"}
    query = urlencode(asked | {"code_challenge": pkce.challenge(VERIFIER), "scope": "openid"})
    person = PersonAtBrowser(server.url, ssl.create_default_context(cafile=str(tls.ca)))
    code = finish(person.open(f"{server.url}/oauth2/authorize?{query}")).params["code"]
    person.close()
    form = {"grant_type": "authorization_code", "code": code, "client_id": app.id, "redirect_uri": BACK}
    mine, thief = made("app", authority), made("thief", authority)
    bare = calling(None).post(TOKEN, data=form | {"code_verifier": VERIFIER})
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")
    first = calling(mine).post(TOKEN, data=form | {"code_verifier": VERIFIER})
    shown = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert calling(mine).get("/userinfo", headers=shown).status_code == 200
    for stranger in (None, thief):
        reply = calling(stranger).get("/userinfo", headers=shown)
        assert (reply.status_code, reply.json()["error"]) == (401, "invalid_token")
        assert reply.headers["www-authenticate"].startswith("Bearer ")
    stolen = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"], "client_id": app.id}
    assert calling(thief).post(TOKEN, data=stolen).json()["error"] == "invalid_grant"
    assert claims_of(calling(mine).post(TOKEN, data=stolen))["cnf"] == claims_of(first)["cnf"]


def test_discovery_lists_the_methods(calling: Caller) -> None:
    found = calling(None).get("/.well-known/oauth-authorization-server").json()
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(found["token_endpoint_auth_methods_supported"])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"methods": ["tls_client_auth"]}, "exactly one of"),
        ({"methods": ["tls_client_auth"], "extra": {DN: "CN=a", "tls_client_auth_san_dns": "a"}}, "exactly one of"),
        ({"methods": ["tls_client_auth"], "extra": {DN: "nothing"}}, "distinguished name"),
        ({"methods": ["tls_client_auth"], "extra": {"tls_client_auth_san_ip": "1.2"}}, "san_ip"),
        ({"methods": ["self_signed_tls_client_auth"]}, "public keys"),
        ({"methods": ["tls_client_auth", "self_signed_tls_client_auth"], "jwks": made("x").jwks}, "not both"),
        ({"methods": ["self_signed_tls_client_auth"], "jwks": BARE}, "x5c beside"),
        ({"methods": ["self_signed_tls_client_auth"], "jwks": SWAPPED}, "another key"),
        ({"methods": ["self_signed_tls_client_auth"], "jwks": odd("é")}, "in base64"),
        ({"methods": ["self_signed_tls_client_auth"], "jwks": odd("AAAA")}, "holds no certificate"),
        ({"methods": ["self_signed_tls_client_auth"], "jwks": odd(STRANGE)}, "holds no certificate"),
    ],
)
def test_what_no_certificate_can_prove_is_not_registered(server: Server, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(OAuthError, match=says):
        server.client_add(**fields)
