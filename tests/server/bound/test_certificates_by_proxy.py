"""Mutual TLS in front of a proxy (RFC 8705 6.5): what it says in ``Client-Cert`` (RFC 9440), and who is believed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from lychgate.kernel.errors import ConfigError
from lychgate.oauth import bound, jose
from lychgate.server.bound.client_certificates import from_header
from lychgate.server.configuration.configure import load
from support.certificates import Shown, made
from support.nginx import free_port, nginx
from support.server import Made, Server, running
from support.tls import certificate

TOKEN = "/oauth2/token"
ROBOT = {"grant_type": "client_credentials"}
BOUND = {"tls_client_certificate_bound_access_tokens": True}
DN = "tls_client_auth_subject_dn"


@pytest.fixture(scope="module")
def authority() -> Shown:
    return made("Authority", ca=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Shown) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("proxied")
    (folder / "ca.pem").write_text(authority.pem)
    toml = f'client_certificates = "proxy"\ntrusted_proxies = ["127.0.0.1"]\ntls_client_ca = "{folder}/ca.pem"\n'
    with running(folder / "data", toml=toml) as started:
        yield started


def self_signed(server: Server, shown: Shown) -> Made:
    return server.client_add(methods=["self_signed_tls_client_auth"], jwks=shown.jwks, extra=BOUND)


def test_a_trusted_proxy_is_believed_in_both_spellings(server: Server) -> None:
    mine = made("mine")
    form = ROBOT | {"client_id": self_signed(server, mine).id}
    for value in (mine.header, quote(mine.pem)):
        reply = server.post(TOKEN, form, headers={"Client-Cert": value})
        cnf = jose.peek(reply.json()["access_token"])[1]["cnf"]
        assert cnf == {"x5t#S256": bound.certificate_thumbprint(mine.der)}
    for value in (made("mine").header, "", ":", ":AAAA:", "x" * 20000, "%00"):
        assert server.post(TOKEN, form, headers={"Client-Cert": value}).error == "invalid_client"


def test_a_name_counts_only_from_the_authority_whatever_the_proxy_has_let_through(
    server: Server, authority: Shown
) -> None:
    made_robot = server.client_add(methods=["tls_client_auth"], extra={DN: "CN=robot,O=Tests,C=CH"})
    form = ROBOT | {"client_id": made_robot.id}
    assert server.post(TOKEN, form, headers={"Client-Cert": made("robot", authority).header}).status == 200
    below = made("robot", made("between", authority))  # an end's certificate signs none
    for shown in (made("robot"), made("robot", made("Authority", ca=True)), made("robot", authority, ends=-1), below):
        assert server.post(TOKEN, form, headers={"Client-Cert": shown.header}).error == "invalid_client"


@pytest.mark.parametrize("toml", ["", 'client_certificates = "proxy"\ntrusted_proxies = ["192.0.2.7"]\n'])
def test_nobody_else_is_believed(tmp_path: Path, toml: str) -> None:
    mine = made("mine")
    with running(tmp_path / "data", toml=toml) as server:
        form = ROBOT | {"client_id": self_signed(server, mine).id}
        assert server.post(TOKEN, form, headers={"Client-Cert": mine.header}).error == "invalid_client"
        if not toml:
            body = b'{"redirect_uris": ["https://a.example"], "tls_client_certificate_bound_access_tokens": true}'
            headers = {"Content-Type": "application/json"}
            reply = server.call("POST", "/oauth2/register", body=body, headers=headers)
            assert reply.error == "invalid_client_metadata"
            found = server.get("/.well-known/openid-configuration").json()
            assert found["tls_client_certificate_bound_access_tokens"] is False
            assert "tls_client_auth" not in found["token_endpoint_auth_methods_supported"]


def test_nginx_hands_a_self_signed_certificate_on(tmp_path: Path) -> None:
    mine, tls, port = made("mine"), certificate(tmp_path / "tls", "127.0.0.1"), free_port()
    behind = ("--client-certificates", "proxy", "--trusted-proxy", "127.0.0.1")
    url = f"https://127.0.0.1:{port}"
    with running(tmp_path / "data", "--issuer", url, *behind) as server:
        form = ROBOT | {"client_id": self_signed(server, mine).id}
        places = f"""
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {tls.cert}; ssl_certificate_key {tls.key};
    ssl_verify_client optional_no_ca;
    location / {{ proxy_pass {server.url}; proxy_set_header Host $http_host;
                 proxy_set_header Client-Cert $ssl_client_escaped_cert; }}"""
        with nginx(places):
            with httpx2.Client(verify=mine.context(tmp_path, tls.ca), base_url=url) as client:
                reply = client.post(TOKEN, data=form)
            cnf = jose.peek(reply.json()["access_token"])[1]["cnf"]
            assert cnf == {"x5t#S256": bound.certificate_thumbprint(mine.der)}
            bare = ssl.create_default_context(cafile=str(tls.ca))
            with httpx2.Client(verify=bare, base_url=url, headers={"Client-Cert": mine.header}) as thief:
                assert thief.post(TOKEN, data=form).json()["error"] == "invalid_client"  # nginx sets its own


def test_settings_that_believe_nobody_or_show_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trusted_proxies"):
        load({"data": tmp_path, "client_certificates": "proxy"})
    with pytest.raises(ConfigError, match="tls_cert and tls_key"):
        load({"data": tmp_path, "client_certificates": "tls"})
    with pytest.raises(ConfigError, match="there is no file"):
        load({"data": tmp_path, "client_certificates": "off", "tls_client_ca": tmp_path / "none.pem"})


def test_a_header_that_holds_no_certificate_is_none() -> None:
    assert from_header(made("x").header) is not None
    assert from_header("-----BEGIN CERTIFICATE-----") is None
