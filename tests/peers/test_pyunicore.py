"""The real pyunicore, as it is, at our server over https: each credential, preferences, tokens, and its command."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lychgate.server.supercomputers import user_keys
from support import oidc_agent
from support.peers import needs
from support.person import PersonAtBrowser
from support.server import Made, Server, running
from support.tls import Tls, certificate
from support.unicore import ACTOR, CORE, PASSWORD, SESSION, Site, Someone

needs(module="pyunicore")

import pyunicore.aio.client as aio_client  # noqa: E402  where it is not there, this file is skipped as a whole
import pyunicore.client as uc_client  # noqa: E402  as above
import pyunicore.credentials as uc_credentials  # noqa: E402  as above
from pyunicore.uftp.uftp import AuthServer  # noqa: E402  as above

PEM, OPENSSH, PKCS1 = forms.PrivateFormat.PKCS8, forms.PrivateFormat.OpenSSH, forms.PrivateFormat.TraditionalOpenSSL
FORMS = {
    "rsa in PKCS#1": (lambda: rsa.generate_private_key(65537, 2048), PKCS1),
    "rsa in OpenSSH's form": (lambda: rsa.generate_private_key(65537, 2048), OPENSSH),
    "P-256": (lambda: ec.generate_private_key(ec.SECP256R1()), PEM),
    "P-256 in OpenSSH's form": (lambda: ec.generate_private_key(ec.SECP256R1()), OPENSSH),
    "Ed25519 in OpenSSH's form": (ed25519.Ed25519PrivateKey.generate, OPENSSH),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate, PEM),
}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture(scope="module")
def trust(tls: Tls) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tls.ca))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Server]:
    options = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key))
    with running(tmp_path_factory.mktemp("pyunicore") / "data", *options) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> Someone:
    return Site(server).someone("demouser")


@pytest.fixture(scope="module")
def portal(server: Server) -> Made:
    """What pyunicore's ``OIDCServerToken`` is registered as: it sends its secret in the body, and asks for openid."""
    return server.client_add(methods=("client_secret_post",), grants=("password", "refresh_token"), scopes=("openid",))


@pytest.fixture
def log_in(server: Server, trust: ssl.SSLContext) -> Any:
    """A client that verifies the server, which pyunicore by itself does not."""

    def make(credential: uc_credentials.Credential, path: str = CORE) -> uc_client.Client:
        return uc_client.Client(uc_client.Transport(credential, verify=trust), server.url + path)

    return make


def method_of(client: uc_client.Client) -> str:
    return str(client.access_info()["authenticationMethod"])


def by_password() -> uc_credentials.Credential:
    return uc_credentials.UsernamePassword("demouser", PASSWORD)


# --- credentials


def test_a_password_logs_in_and_a_wrong_one_is_said_to_be_wrong(ada: Someone, log_in: Any) -> None:
    client = log_in(by_password())
    assert method_of(client) == "PASSWORD"
    assert client.access_info()["dn"] == "CN=demouser"
    assert len(client.server_version_info()) == 3
    again = uc_credentials.BasicToken(uc_credentials.UsernamePassword("demouser", PASSWORD).token)
    assert method_of(log_in(again)) == "PASSWORD"
    with pytest.raises(httpx.HTTPError, match=r"403 .*wrong name or password"):
        log_in(uc_credentials.UsernamePassword("demouser", "wrong"))


def test_anonymous_calls_are_answered(log_in: Any) -> None:
    assert log_in(uc_credentials.Anonymous()).access_info()["role"]["selected"] == "anonymous"


@pytest.mark.parametrize("name", FORMS)
def test_a_key_from_a_file_logs_in(ada: Someone, log_in: Any, tmp_path: Path, name: str) -> None:
    make, form = FORMS[name]
    private = make()
    identity = tmp_path / "id_uftp"
    identity.write_bytes(private.private_bytes(forms.Encoding.PEM, form, forms.NoEncryption()))
    credential = uc_credentials.create_credential(username="demouser", identity=str(identity))
    with pytest.raises(httpx.HTTPError, match=r"403 .*no key of this user"):
        log_in(credential)
    add_key(ada, private)
    assert method_of(log_in(credential)) == "SSHKEY"


def add_key(someone: Someone, private: Any) -> None:
    line = private.public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH).decode()
    someone.site.server.operate(lambda engine: user_keys.add(engine, ACTOR, someone.user, line))


@pytest.mark.parametrize(("curve", "alg"), [(ec.SECP384R1(), "ES384"), (ec.SECP521R1(), "ES512")])
def test_the_larger_curves_log_in_by_a_credential_made_by_hand(
    ada: Someone, log_in: Any, curve: ec.EllipticCurve, alg: str
) -> None:
    private = ec.generate_private_key(curve)
    add_key(ada, private)
    credential = uc_credentials.JWTToken("demouser", "demouser", private, algorithm=alg)
    assert method_of(log_in(credential)) == "SSHKEY"


def test_a_trusted_service_signs_for_a_person(ada: Someone, log_in: Any) -> None:
    private = rsa.generate_private_key(65537, 2048)
    dn = "CN=Portal, O=Example"
    credential = uc_credentials.JWTToken("CN=demouser", dn, private, etd=True)
    with pytest.raises(httpx.HTTPError, match=r"403 .*not trusted"):
        log_in(credential)
    pem = private.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo).decode()
    ada.site.trust(dn, pem)
    assert method_of(log_in(credential)) == "ETD"


def test_oauth_tokens_log_in_by_hand_and_from_our_token_endpoint(
    ada: Someone, portal: Made, log_in: Any, tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
    config = {
        "oidc.endpoint": f"{ada.site.server.url}/oauth2/token",
        "oidc.username": "demouser",
        "oidc.password": PASSWORD,
        "oidc.clientID": portal.id,
        "oidc.clientSecret": portal.secret,
        "oidc.refreshTokenFile": str(tmp_path / "refresh-tokens"),
    }
    credential = uc_credentials.OIDCServerToken(config)
    client = log_in(credential)
    assert method_of(client) == "OAUTH"
    client.cache_time = 0
    assert method_of(client) == "OAUTH"  # by the refresh token, which goes on for each call
    assert method_of(log_in(uc_credentials.OIDCServerToken(config))) == "OAUTH"  # and from its file
    for made in (uc_credentials.OIDCToken, uc_credentials.BearerToken):
        assert method_of(log_in(made(credential.token))) == "OAUTH"


def test_the_token_of_an_oidc_agent_logs_in(
    ada: Someone, log_in: Any, tls: Tls, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ada.site.server
    words = (f"--issuer={server.issuer}", f"--cp={tls.ca}", "--scope=openid offline_access", "--flow=device")
    with oidc_agent.running() as agent, agent.generating("site", *words) as login:
        page, code = login.wait_for(r"(https://\S+/device)"), login.wait_for(r"code: (\S+)")
        person = PersonAtBrowser(server.url, trust)
        person.open(page).send({"user_code": code}).log_in("demouser", PASSWORD)
        person.send({"user_code": code}).send({"answer": "allow"})
        person.close()
        login.end()
        monkeypatch.setenv("OIDC_SOCK", agent.env["OIDC_SOCK"])
        assert method_of(log_in(uc_credentials.OIDCAgentToken("site"))) == "OAUTH"


# --- preferences and sessions


def test_a_group_is_selected_and_a_foreign_one_is_403(ada: Someone, log_in: Any) -> None:
    client = log_in(by_password())
    client.transport.preferences = "group:g2"
    assert client.access_info()["xlogin"]["group"] == "g2"
    client.transport.preferences = "group:wheel"
    with pytest.raises(httpx.HTTPError, match=r"403 .*group wheel is not available"):
        client.access_info()
    client.transport.preferences = "uid:lovelace,role:admin"
    assert (client.access_info()["xlogin"]["UID"], client.access_info()["role"]["selected"]) == ("lovelace", "admin")


def test_a_session_is_used_and_begun_anew_where_the_server_forgot_it(ada: Someone, log_in: Any) -> None:
    client = log_in(by_password())
    id = client.transport.last_session_id
    assert client.transport.get(to_json=False, url=client.resource_url).headers[SESSION] == id
    client.transport.last_session_id = "forgotten"
    assert client.transport.get(url=client.resource_url)["client"]["dn"] == "CN=demouser"
    assert client.transport.last_session_id not in ("forgotten", id)


# --- issued tokens


def test_a_token_is_issued_used_and_renewed(ada: Someone, log_in: Any) -> None:
    token = log_in(by_password(), f"{CORE}/").issue_auth_token(lifetime=3600, renewable=True, limited=True)
    client = log_in(uc_credentials.create_credential(token=token))
    assert method_of(client) == "ETD"
    plain = client.issue_auth_token(lifetime=60)
    with pytest.raises(httpx.HTTPError, match=r"403 .*not renewable"):
        log_in(uc_credentials.BearerToken(plain)).issue_auth_token()
    with pytest.raises(httpx.HTTPError, match=r"400 .*2592000"):
        log_in(by_password()).issue_auth_token(lifetime=2592001)
    with pytest.raises(httpx.HTTPError, match=r"403"):
        log_in(uc_credentials.Anonymous()).issue_auth_token()


def test_its_authserver_client_logs_in_and_issues_a_token(ada: Someone, trust: ssl.SSLContext, log_in: Any) -> None:
    transport = uc_client.Transport(by_password(), verify=trust)
    uftp = AuthServer(transport, f"{ada.site.server.url}/rest/auth/HPC:/data")
    assert uftp.info["client"]["dn"] == "CN=demouser"
    assert uftp.is_sharing_supported() is False
    assert method_of(log_in(uc_credentials.OIDCToken(uftp.issue_auth_token(lifetime=60)))) == "ETD"
    with pytest.raises(httpx.HTTPError, match="404"):
        uftp.authenticate()


def test_its_client_for_event_loops_does_the_same(ada: Someone, trust: ssl.SSLContext, log_in: Any) -> None:
    async def run() -> tuple[str, str]:
        transport = aio_client.Transport(by_password(), verify=trust)
        client = aio_client.Client(transport, ada.site.server.url + CORE)
        return (await client.access_info)["dn"], await client.issue_auth_token(60, False, False)

    dn, token = asyncio.run(run())
    assert dn == "CN=demouser"
    assert method_of(log_in(uc_credentials.OIDCToken(token))) == "ETD"


def test_its_command_issues_a_token_by_password_by_key_and_by_a_token(
    ada: Someone, log_in: Any, tmp_path: Path
) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    lock = forms.BestAvailableEncryption(b"of-the-key")
    (tmp_path / "id").write_bytes(private.private_bytes(forms.Encoding.PEM, PEM, lock))
    add_key(ada, private)
    for method, rest in {
        "USERNAME": "username=demouser\n",
        "SSHKEY": f"username=demouser\nidentity={tmp_path}/id\npassword=of-the-key\n",
        "BEARER-TOKEN": f"token={log_in(by_password()).issue_auth_token(renewable=True)}\n",
    }.items():
        said = unicore(tmp_path, f"authentication-method={method}\n{rest}", ada.site.server.url + CORE)
        assert "Lifetime (s): 600" in said
        assert "Renewable:    true" in said
        assert "Subject:      CN=demouser" in said
        assert method_of(log_in(uc_credentials.OIDCToken(said.split()[-1]))) == "ETD"


def unicore(folder: Path, properties: str, url: str) -> str:
    """What ``unicore issue-token`` says."""
    (folder / "properties").write_text(f"contact-registry=false\n{properties}")
    command = Path(sys.executable).with_name("unicore")
    words = ["issue-token", "-c", str(folder / "properties"), "-l", "600", "-L", "-R", "-I", url]
    made = subprocess.run(
        [str(command), *words], capture_output=True, text=True, timeout=60, env={"UCC_PASSWORD": PASSWORD, "HOME": "/"}
    )
    assert made.returncode == 0, made.stderr
    return made.stdout
