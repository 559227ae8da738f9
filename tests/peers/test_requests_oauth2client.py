"""requests_oauth2client, unpatched, against the server: it speaks https alone, here with a private authority.

It finds its endpoints by discovery (all but the device's) and checks by itself what it is given: the ``iss`` of a
redirect, the ID token's signature, issuer, audience, nonce and ``at_hash``.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.oauth.device import GRANT
from support.abroad import Abroad
from support.peers import needs
from support.person import PersonAtBrowser
from support.server import Made, Server, poll, running
from support.swap import ACCESS_TOKEN, BEARER, EXCHANGE
from support.tls import certificate

needs(module="requests_oauth2client")

import requests  # noqa: E402  after the check that the peer is there
from requests_oauth2client import (  # noqa: E402
    AuthorizationPending,
    AuthorizationResponseError,
    ClientSecretBasic,
    ClientSecretJwt,
    ClientSecretPost,
    DeviceAuthorizationPollingJob,
    InvalidClient,
    InvalidGrant,
    InvalidTarget,
    MismatchingIssuer,
    MissingIssuer,
    OAuth2Client,
    OAuth2ClientCredentialsAuth,
    PrivateKeyJwt,
    PublicApp,
)

EMAIL, PASSWORD = "ada@example.org", "hunter2"
PROMISE = "authorization_response_iss_parameter_supported"  # its client reads it, its requests have to be told
BACK = "http://127.0.0.1:8888"
SECRETS = {
    "client_secret_basic": ClientSecretBasic,
    "client_secret_post": ClientSecretPost,
    "client_secret_jwt": ClientSecretJwt,
}
Peer = Callable[[Any], OAuth2Client]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("requests_oauth2client")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    tls = certificate(folder / "tls", "127.0.0.1", "localhost")
    with running(folder / "data", "--tls-cert", str(tls.cert), "--tls-key", str(tls.key)) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def session(server: Server, folder: Path) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.verify = str(folder / "tls" / "ca.pem")
        yield made


@pytest.fixture(scope="module")
def peer(server: Server, session: requests.Session) -> Peer:
    """Its client, for an authentication of its own."""

    metadata = session.get(server.url + "/.well-known/openid-configuration").json()
    device = metadata["device_authorization_endpoint"]  # which its own discovery passes over

    def make(auth: Any) -> OAuth2Client:
        return OAuth2Client.from_discovery_endpoint(
            issuer=server.issuer,
            auth=auth,
            session=session,
            redirect_uri=BACK,
            device_authorization_endpoint=device,
        )

    return make


@pytest.fixture
def person(server: Server, folder: Path) -> Iterator[PersonAtBrowser]:
    found = PersonAtBrowser(server.url, ssl.create_default_context(cafile=str(folder / "tls" / "ca.pem")))
    yield found
    found.close()


@pytest.fixture(scope="module")
def app(server: Server, session: requests.Session) -> Made:
    made = server.client_add(
        methods=["none"],
        grants=["authorization_code", "refresh_token", GRANT],
        redirect_uris=(BACK,),
        scopes=("read",),
    )
    # It fetches the keys once, before the first login: that of ID tokens is there from the registration on.
    poll(lambda: '"RS256"' in session.get(server.url + "/jwks").text)
    return made


def allow(person: PersonAtBrowser, url: str) -> str:
    person.open(url).log_in(EMAIL, PASSWORD)
    if not person.left_to:
        person.allow()
    return person.left_to


@pytest.mark.parametrize("method", SECRETS)
def test_each_secret_method_brings_a_token_that_is_introspected_and_revoked(
    server: Server, peer: Peer, method: str
) -> None:
    made = server.client_add(methods=[method], scopes=("read", "write"))
    token = peer(SECRETS[method](made.id, made.secret)).client_credentials(scope="read")
    # Its assertions name the URL that each is sent to; only the token endpoint's and the issuer are taken.
    named = {"aud": server.issuer} if method == "client_secret_jwt" else {}
    client = peer(SECRETS[method](made.id, made.secret, **named))
    assert (token.token_type, token.scope, token.expires_in) == ("Bearer", "read", pytest.approx(900, abs=2))
    told = client.introspect_token(token, "access_token")
    assert (told["active"], told["client_id"], told["scope"]) == (True, made.id, "read")
    assert client.revoke_access_token(token) is True
    assert client.introspect_token(token) == {"active": False}


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_a_private_key_brings_a_token(server: Server, peer: Peer, alg: str) -> None:
    key = jose.generate(alg)
    jwks = json.dumps({"keys": [{**key.as_dict(private=False), "kid": "k"}]})
    made = server.client_add(methods=["private_key_jwt"], jwks=jwks)
    own = {**key.as_dict(private=True), "kid": "k"}
    token = peer(PrivateKeyJwt(made.id, own, alg=alg)).client_credentials()
    told = peer(PrivateKeyJwt(made.id, own, alg=alg, aud=server.issuer)).introspect_token(token)
    assert told["sub"] == made.id
    stranger = {**jose.generate(alg).as_dict(private=True), "kid": "k"}
    with pytest.raises(InvalidClient):
        peer(PrivateKeyJwt(made.id, stranger, alg=alg)).client_credentials()


@pytest.mark.parametrize("method", SECRETS)
def test_a_wrong_secret_and_a_method_that_is_not_the_clients_are_invalid_client(
    server: Server, peer: Peer, method: str
) -> None:
    made = server.client_add(methods=[method])
    with pytest.raises(InvalidClient):
        peer(SECRETS[method](made.id, "w" * 43)).client_credentials()
    for other in set(SECRETS) - {method}:
        with pytest.raises(InvalidClient):
            peer(SECRETS[other](made.id, made.secret)).client_credentials()


def test_its_auth_object_renews_by_itself(server: Server, peer: Peer, session: requests.Session) -> None:
    made = server.client_add(owner=server.user_add("grace@example.org", PASSWORD).id, lifetime=1)
    auth = OAuth2ClientCredentialsAuth(peer(ClientSecretBasic(*made.pair)), leeway=0)
    me = server.url + "/userinfo"
    session.get(me, auth=auth)
    first = auth.token.access_token
    time.sleep(1.2)  # the token is whole seconds old by then
    session.get(me, auth=auth)
    assert auth.token.access_token != first


def test_a_password_login_has_a_userinfo_is_refreshed_and_ends_with_its_refresh_token(
    server: Server, peer: Peer
) -> None:
    made = server.client_add(grants=["password", "refresh_token"], scopes=("read",))
    client = peer(ClientSecretBasic(*made.pair))
    token = client.resource_owner_password(EMAIL, PASSWORD, scope="read")
    assert client.userinfo(token)["sub"] == client.introspect_token(token)["sub"]
    renewed = client.refresh_token(token)
    assert renewed.refresh_token not in (None, token.refresh_token)
    assert client.introspect_token(renewed, "refresh_token")["active"] is True
    assert client.revoke_refresh_token(renewed) is True
    assert client.introspect_token(renewed) == {"active": False}
    with pytest.raises(InvalidGrant):
        client.refresh_token(renewed)


def test_a_wrong_password_is_invalid_grant(server: Server, peer: Peer) -> None:
    made = server.client_add(grants=["password"])
    with pytest.raises(InvalidGrant):
        peer(ClientSecretBasic(*made.pair)).resource_owner_password(EMAIL, "wrong")


def test_the_code_flow_with_pkce_gives_an_id_token_that_it_finds_good(
    peer: Peer, app: Made, person: PersonAtBrowser
) -> None:
    client = peer(PublicApp(app.id))
    asked = client.authorization_request(scope="openid email read", **{PROMISE: True})
    answer = asked.validate_callback(allow(person, asked.uri))
    token = client.authorization_code(answer)  # it validates the ID token
    assert token.id_token.claims["nonce"] == asked.nonce
    assert client.userinfo(token)["sub"] == token.id_token.subject
    assert client.refresh_token(token).access_token != token.access_token
    with pytest.raises(InvalidGrant):
        client.authorization_code(answer)


def test_a_redirect_without_our_iss_or_with_another_is_refused_by_it(
    server: Server, peer: Peer, app: Made, person: PersonAtBrowser
) -> None:
    asked = peer(PublicApp(app.id)).authorization_request(**{PROMISE: True})
    back = allow(person, asked.uri)
    query = dict(person.params)
    assert query.pop("iss") == server.issuer
    with pytest.raises(MissingIssuer):
        asked.validate_callback(f"{BACK}?code={query['code']}&state={query['state']}")
    with pytest.raises(MismatchingIssuer):
        asked.validate_callback(f"{BACK}?code={query['code']}&state={query['state']}&iss=https://evil.example")
    assert asked.validate_callback(back).code == query["code"]


def test_another_verifier_gets_nothing_and_a_refusal_is_access_denied(
    peer: Peer, app: Made, person: PersonAtBrowser
) -> None:
    client = peer(PublicApp(app.id))
    asked = client.authorization_request(prompt="consent")
    person.open(asked.uri).log_in(EMAIL, PASSWORD).allow()
    answer = asked.validate_callback(person.left_to)
    with pytest.raises(InvalidGrant):
        client.authorization_code(answer.code, redirect_uri=BACK, code_verifier="w" * 43)
    again = client.authorization_request(prompt="consent")
    person.open(again.uri).send({"answer": "refuse"})
    with pytest.raises(AuthorizationResponseError) as caught:
        again.validate_callback(person.left_to)
    assert caught.value.error == "access_denied"


def test_a_device_polls_until_the_person_has_allowed_it(peer: Peer, app: Made, person: PersonAtBrowser) -> None:
    client = peer(PublicApp(app.id))
    started = client.authorize_device(scope="openid read")
    with pytest.raises(AuthorizationPending):
        client.device_code(started)
    person.open(started.verification_uri_complete)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).log_in(EMAIL, PASSWORD)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).send({"answer": "allow"})
    token = DeviceAuthorizationPollingJob(client, started)()  # waits for the interval that the server named
    assert token is not None
    assert token.refresh_token
    assert client.userinfo(token)["sub"]


def test_a_service_exchanges_a_persons_token_and_gives_a_signed_assertion(server: Server, peer: Peer) -> None:
    portal = server.client_add(grants=["password"], audiences=("https://a.example",), scopes=("read",))
    held = peer(ClientSecretBasic(portal.id, portal.secret)).resource_owner_password(EMAIL, PASSWORD)
    service = server.client_add(
        grants=["client_credentials", EXCHANGE, BEARER],
        audiences=("https://b.example",),
        resources=("https://a.example",),
        scopes=("read",),
    )
    client = peer(ClientSecretBasic(service.id, service.secret))
    own = client.client_credentials()
    made = client.token_exchange(subject_token=held, actor_token=own, audience="https://b.example", scope="read")
    assert made.issued_token_type == ACCESS_TOKEN
    assert client.introspect_token(made.access_token)["act"] == {"sub": service.id}
    with pytest.raises(InvalidTarget):
        client.token_exchange(subject_token=held, audience="https://c.example")
    abroad = Abroad()
    abroad.trusted_by(server)
    assertion = abroad.sign(server.issuer)
    assert client.introspect_token(client.jwt_bearer(assertion).access_token)["active"]
    with pytest.raises(InvalidGrant):
        client.jwt_bearer(assertion)
