"""requests_oauth2client, unpatched: its DPoP with our nonces, and its tokens by a certificate, over https."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lychgate.oauth import bound, jose
from support.certificates import Shown, made
from support.peers import needs
from support.person import PersonAtBrowser
from support.relying import finish
from support.server import Server, running
from support.tls import Tls, certificate

needs(module="requests_oauth2client")

import requests  # noqa: E402  after the check that the peer is there
from requests_oauth2client import (  # noqa: E402
    ClientSecretBasic,
    DPoPToken,
    InvalidClient,
    InvalidGrant,
    OAuth2Client,
    PublicApp,
)

EMAIL, PASSWORD = "ada@example.org", "hunter2"
BACK = "http://127.0.0.1:8888"
Peer = Callable[..., OAuth2Client]


@pytest.fixture(scope="module")
def authority() -> Shown:
    return made("Authority", ca=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def server(tls: Tls, authority: Shown) -> Iterator[Server]:
    folder = tls.ca.parent
    (folder / "clients.pem").write_text(authority.pem)
    options = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key), "--tls-client-ca", str(folder / "clients.pem"))
    with running(folder / "data", *options, toml="dpop_nonce = true\n") as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture
def peer(server: Server, tls: Tls) -> Iterator[Peer]:
    sessions: list[requests.Session] = []

    def make(auth: Any, certificate: Path | None = None, **options: Any) -> OAuth2Client:
        session = requests.Session()
        session.trust_env, session.verify = False, str(tls.ca)
        session.cert = None if certificate is None else str(certificate)
        sessions.append(session)
        return OAuth2Client.from_discovery_endpoint(
            issuer=server.issuer, auth=auth, session=session, redirect_uri=BACK, **options
        )

    yield make
    for session in sessions:
        session.close()


def test_its_dpop_tokens_come_with_our_nonces_and_go_with_its_proofs(server: Server, peer: Peer) -> None:
    robot = server.client_add(owner=server.user_add("grace@example.org", PASSWORD).id)
    client = peer(ClientSecretBasic(*robot.pair), dpop_bound_access_tokens=True)
    token = client.client_credentials()
    assert isinstance(token, DPoPToken)
    assert jose.peek(token.access_token)[1]["cnf"] == {"jkt": token.dpop_key.dpop_jkt}
    me = server.url + "/api/v1/users/me"
    for _ in range(2):  # each time by a proof of its own
        assert client.session.get(me, auth=token).status_code == 200
    assert client.session.get(me, headers={"Authorization": f"Bearer {token.access_token}"}).status_code == 401


def test_a_login_is_bound_from_the_authorization_request_to_the_refresh(server: Server, peer: Peer, tls: Tls) -> None:
    grants = ["authorization_code", "refresh_token"]
    app = server.client_add(methods=["none"], grants=grants, redirect_uris=(BACK,))
    client = peer(PublicApp(app.id))
    asked = client.authorization_request(scope="openid", dpop=True, authorization_response_iss_parameter_supported=True)
    person = PersonAtBrowser(server.url, ssl.create_default_context(cafile=str(tls.ca)))
    answer = asked.validate_callback(finish(person.open(asked.uri)).left_to)
    person.close()
    token = client.authorization_code(answer, validate=False)
    assert isinstance(token, DPoPToken)
    assert client.session.get(server.url + "/userinfo", auth=token).json()["sub"]
    renewed = client.refresh_token(token)
    assert jose.peek(renewed.access_token)[1]["cnf"] == {"jkt": token.dpop_key.dpop_jkt}
    with pytest.raises(InvalidGrant):
        client.refresh_token(str(renewed.refresh_token), dpop=True)  # by a new key


def test_its_session_shows_a_certificate(server: Server, peer: Peer, authority: Shown, tmp_path: Path) -> None:
    mine = made("robot", authority)
    extra = {"tls_client_auth_subject_dn": "CN=robot,O=Tests,C=CH", "tls_client_certificate_bound_access_tokens": True}
    robot = server.client_add(methods=["tls_client_auth"], extra=extra)
    token = peer(PublicApp(robot.id), mine.written(tmp_path / "mine.pem")).client_credentials()
    claims = jose.peek(token.access_token)[1]
    assert claims["cnf"] == {"x5t#S256": bound.certificate_thumbprint(mine.der)}
    with pytest.raises(InvalidClient):
        peer(PublicApp(robot.id)).client_credentials()
