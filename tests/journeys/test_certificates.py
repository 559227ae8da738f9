"""Our client at our server with our guard by mutual TLS (RFC 8705): who it is, and what its tokens are bound to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
from cryptography.hazmat.primitives import serialization as forms

import lychgate
from lychgate.guard import Guard
from lychgate.issuer import discovery
from lychgate.issuer.endpoint import by_certificate
from lychgate.kernel.errors import ConfigError, Refused, TransientError
from lychgate.kernel.steps import Ask
from lychgate.oauth import bound, jose
from lychgate.world.wire import Wire
from support.api_server import Api, serve_api
from support.certificates import Shown, made
from support.desk import at_desk
from support.guarded_api import guard_api
from support.person import PersonAtBrowser
from support.relying import finish
from support.server import Made, Server, poll, running
from support.tls import Tls, certificate

DATA = "https://data.example.org"
BOUND = {"tls_client_certificate_bound_access_tokens": True}
NAME = {"tls_client_auth_subject_dn": "CN=robot,O=Tests,C=CH"}


@pytest.fixture(scope="module")
def authority() -> Shown:
    return made("Authority", ca=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory, authority: Shown) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    (folder / "clients-ca.pem").write_text(authority.pem)
    return certificate(folder, "127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def server(tls: Tls) -> Iterator[Server]:
    folder = tls.ca.parent
    served = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key), "--tls-client-ca", str(folder / "clients-ca.pem"))
    with running(folder / "data", *served) as started:
        started.user_add("ada@example.org", "hunter2")
        yield started


@pytest.fixture(scope="module")
def mine(tls: Tls, authority: Shown) -> Path:
    """The program's certificate with its key."""
    return made("robot", authority).written(tls.ca.parent / "robot.pem")


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add(methods=["tls_client_auth"], audiences=(DATA,), extra={**NAME, **BOUND})


@pytest.fixture
def api(server: Server, tls: Tls) -> Iterator[Api]:
    with serve_api(tls, tls.ca.parent / "clients-ca.pem") as started:
        trusting = Guard(server.issuer, DATA, bound="mtls")
        trusting._world._wire = wire(tls)
        guard_api(started, trusting)
        yield started


def wire(tls: Tls) -> Wire:
    return Wire(trust(tls))


def trust(tls: Tls) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tls.ca))


def credential(server: Server, robot: Made, mine: Path, tls: Tls, api: Api, **more: Any) -> lychgate.Auth:
    source = lychgate.ClientCredentials(issuer=server.issuer, client_id=robot.id, certificate=str(mine), **more)
    return lychgate.auth(source, origins=[api.url], wire=wire(tls))


def test_a_program_is_known_by_its_certificate_and_each_library_shows_it(
    server: Server, robot: Made, mine: Path, tls: Tls, api: Api
) -> None:
    auth: Any = credential(server, robot, mine, tls, api)
    x5t = jose.peek(auth.token().access.reveal())[1]["cnf"]["x5t#S256"]
    assert x5t == bound.certificate_thumbprint(ssl.PEM_cert_to_DER_cert(mine.read_text().partition("-----BEGIN P")[0]))
    for library in (httpx, httpx2):
        with library.Client(auth=auth, verify=auth.ssl_context()) as client:
            assert client.get(f"{api.url}/a").status_code == 200
    with requests.Session() as session:
        session.auth, session.cert = auth, auth.certificate
        assert session.get(f"{api.url}/a", timeout=20, verify=str(tls.ca)).status_code == 200

    async def awaiting() -> int:
        connector = aiohttp.TCPConnector(ssl=auth.ssl_context())
        session = aiohttp.ClientSession(connector=connector, middlewares=(auth,))
        async with session, session.get(f"{api.url}/a") as answer:
            return answer.status

    assert asyncio.run(awaiting()) == 200


def test_a_connection_that_shows_no_certificate_is_told_what_to_do(
    server: Server, robot: Made, mine: Path, tls: Tls, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    auth: Any = credential(server, robot, mine, tls, api)
    with pytest.raises(ConfigError, match=r"cert=auth\.certificate"):
        requests.get(f"{api.url}/a", auth=auth, verify=str(tls.ca), timeout=20)

    async def awaiting() -> None:
        async with aiohttp.ClientSession(middlewares=(auth,)) as session:
            await session.get(f"{api.url}/a")

    before = len(api.seen)
    with pytest.raises(ConfigError, match=r"ssl=auth\.ssl_context"):
        asyncio.run(awaiting())
    assert len(api.seen) == before
    assert httpx2.get(f"{api.url}/a", auth=auth, verify=trust(tls)).status_code == 401
    assert "verify=auth.ssl_context()" in caplog.text


def test_a_stolen_token_is_of_no_use_with_another_certificate(
    server: Server, robot: Made, mine: Path, tls: Tls, api: Api, authority: Shown
) -> None:
    token = credential(server, robot, mine, tls, api).token().access.reveal()
    thief = made("thief", authority).context(tls.ca.parent, tls.ca)
    refused = httpx2.get(f"{api.url}/a", headers={"Authorization": f"Bearer {token}"}, verify=thief)
    assert (refused.status_code, "another certificate" in refused.text) == (401, True)


def test_who_shows_no_certificate_is_not_the_program(server: Server, robot: Made, tls: Tls, authority: Shown) -> None:
    other = made("somebody", authority).written(tls.ca.parent / "somebody.pem")
    source = lychgate.ClientCredentials(issuer=server.issuer, client_id=robot.id, certificate=str(other))
    with pytest.raises(Refused) as caught:
        lychgate.auth(source, wire=wire(tls)).token()
    assert caught.value.error == "invalid_client"


def test_awaiting_a_new_certificate_in_the_file_is_taken(
    server: Server, robot: Made, tls: Tls, api: Api, authority: Shown
) -> None:
    path = made("robot", authority).written(tls.ca.parent / "renewed.pem")
    auth = credential(server, robot, path, tls, api)
    first = asyncio.run(auth.atoken())
    made("robot", authority).written(path)
    auth.forget()
    second = asyncio.run(auth.atoken())
    assert jose.peek(first.access.reveal())[1]["cnf"] != jose.peek(second.access.reveal())[1]["cnf"]


def test_a_self_signed_certificate_serves_once_it_is_registered(server: Server, tls: Tls, api: Api) -> None:
    own = made("own", ca=True)
    client = server.client_add(methods=["self_signed_tls_client_auth"], jwks=own.jwks, audiences=(DATA,), extra=BOUND)
    path = own.written(tls.ca.parent / "own.pem")

    def token() -> lychgate.Token | None:
        try:
            return credential(server, client, path, tls, api, method="self_signed_tls_client_auth").token()
        except TransientError:  # TLS hears of it from the change feed
            return None

    found: lychgate.Token = poll(token, 20)
    cnf = jose.peek(found.access.reveal())[1]["cnf"]
    assert cnf == {"x5t#S256": bound.certificate_thumbprint(own.der)}


def test_a_person_logs_in_at_a_program_with_a_certificate_held_to_fapi_2(
    server: Server, mine: Path, tls: Tls, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = server.client_add(
        methods=["tls_client_auth"],
        grants=["authorization_code", "refresh_token"],
        redirect_uris=("http://127.0.0.1",),
        audiences=(DATA,),
        extra={**NAME, **BOUND, "profile": "fapi2"},
    )
    discovery.forget()
    found = lychgate.AuthorizationCode(
        issuer=server.issuer, client_id=client.id, certificate=str(mine), security="fapi2", redirect_port=0
    )
    assert (found.method, found.dpop) == ("tls_client_auth", False)
    auth: Any = lychgate.auth(found, origins=[api.url], store="memory", wire=wire(tls))
    with at_desk(monkeypatch) as desk:
        coming = desk.start(auth.token)
        person = finish(PersonAtBrowser(server.url, tls=trust(tls)).open(desk.url()))
        httpx2.get(person.left_to, timeout=20)
        token = coming.result(30)
    renewal = auth._credential.authenticator.renewal
    fresh = auth._credential.performer.run(renewal.after(token))
    assert fresh.access != token.access
    with httpx2.Client(auth=auth, verify=auth.ssl_context()) as client_of_api:
        assert client_of_api.get(f"{api.url}/a").status_code == 200


@pytest.fixture
def locked(authority: Shown, tmp_path: Path) -> Path:
    """The program's certificate with its key, encrypted."""
    one = made("robot", authority)
    how = forms.BestAvailableEncryption(b"open sesame")
    key = one.key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, how)
    (tmp_path / "locked.pem").write_bytes(one.pem.encode() + key)
    return tmp_path / "locked.pem"


def test_a_keys_passphrase_comes_from_its_place_and_a_wrong_one_is_said(
    server: Server, robot: Made, locked: Path, tls: Tls, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYS_PASSPHRASE", "open sesame")
    place = lychgate.Secret.env("KEYS_PASSPHRASE")
    auth: Any = credential(server, robot, locked, tls, api, certificate_passphrase=place)

    async def awaiting() -> int:
        async with httpx2.AsyncClient(auth=auth, **auth.connection()) as client:
            return (await client.get(f"{api.url}/a")).status_code

    assert asyncio.run(awaiting()) == 200
    with pytest.raises(ConfigError, match=r"ssl_context=auth\.ssl_context"):
        auth.connection("requests")
    wrong = credential(server, robot, locked, tls, api, certificate_passphrase="not-it")
    with pytest.raises(ConfigError, match=r"passphrase of the certificate's key .* is wrong") as caught:
        wrong.token()
    assert (caught.value.field, "not-it" in str(caught.value)) == ("certificate_passphrase", False)


def test_a_keys_missing_passphrase_is_asked_for_once_and_anew_where_it_was_mistyped(
    server: Server, robot: Made, locked: Path, tls: Tls, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = credential(server, robot, locked, tls, api)
    performer, asked, typed = held.credential.performer, list[str](), ["mistyped", "open sesame"]
    others = performer.now

    def at_terminal(step: Any) -> Any:
        if not isinstance(step, Ask):
            return others(step)
        asked.append(step.prompt)
        return typed.pop(0)

    monkeypatch.setattr(performer, "now", at_terminal)
    with pytest.raises(ConfigError, match="is wrong"):
        held.token()
    assert held.token().access
    held.forget()
    held.token()
    held.ssl_context()
    assert asked == [f"Passphrase of the certificate's key {locked}: "] * 2


@pytest.mark.parametrize("broken", ["missing", "no PEM", "encrypted", "another's key"])
def test_a_certificate_that_cannot_be_used_is_said(
    broken: str, server: Server, robot: Made, mine: Path, tls: Tls, tmp_path: Path, authority: Shown
) -> None:
    path, key = tmp_path / "cert.pem", ""
    if broken == "no PEM":
        path.write_text("this is no certificate")
    if broken == "encrypted":
        one = made("robot", authority)
        secret = forms.BestAvailableEncryption(b"password")
        path.write_bytes(
            one.pem.encode() + one.key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, secret)
        )
    if broken == "another's key":
        path.write_text(made("robot", authority).pem)
        key = str(mine)
    source = lychgate.ClientCredentials(
        issuer=server.issuer, client_id=robot.id, certificate=str(path), certificate_key=key
    )
    with pytest.raises(ConfigError) as caught:
        lychgate.auth(source, wire=wire(tls)).token()
    assert caught.value.field in ("certificate", "certificate_passphrase")
    assert "BEGIN" not in str(caught.value)


def test_the_endpoints_for_clients_with_a_certificate_may_be_elsewhere() -> None:
    elsewhere = {"token_endpoint": "https://mtls.example.org/t", "issuer": "https://evil.example.org", "x_endpoint": 1}
    document = {"issuer": "https://a.example.org", "token_endpoint": "https://a.example.org/t", "jwks_uri": "j"}
    found = by_certificate({**document, "mtls_endpoint_aliases": elsewhere})
    assert (found["issuer"], found["token_endpoint"]) == ("https://a.example.org", "https://mtls.example.org/t")
    assert "x_endpoint" not in found
    assert by_certificate({**document, "mtls_endpoint_aliases": "x"})["token_endpoint"] == "https://a.example.org/t"


def test_without_its_authority_our_own_server_is_not_believed_either(server: Server, robot: Made, mine: Path) -> None:
    source = lychgate.ClientCredentials(
        token_endpoint=f"{server.url}/oauth2/token", client_id=robot.id, certificate=str(mine)
    )
    with pytest.raises(TransientError):
        lychgate.auth(source).token()
