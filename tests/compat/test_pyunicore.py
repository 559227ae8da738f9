"""Each block of PyUNICORE's document runs on ours, imports and host changed; our credentials log the real one in."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.compat.pyunicore import credential
from lychgate.compat.pyunicore import credentials as uc_credentials
from lychgate.compat.pyunicore.client import Client, Resource, Transport
from lychgate.kernel.errors import ConfigError, InsecureError, Refused, TransientError, Untrusted
from lychgate.oauth import jose
from lychgate.server.trusted import trust
from support import ssh_agent
from support.peers import needs
from support.server import ACTOR, Made, poll
from support.ssh_agent import keygen
from support.unicore_site import EMAIL, PASSWORD, USER, Site, site

SEED = Path(__file__).parents[2].parent / "shared" / "seeds" / "3-pyunicore.txt"
CODE = re.compile(r"import \w|# |credential = |client = |client\.|print\(")
SLIPS = {  # what the document has wrong
    "print(json.dumps(client.access_info(), indent=2)": "print(json.dumps(client.access_info(), indent=2))",
    "uc_credential.create_token": "uc_credentials.create_token",
}


def blocks() -> list[str]:
    """The document's blocks of code, each as it stands there."""
    if not SEED.exists():
        pytest.skip(f"no {SEED.name} beside the project")
    found, goes_on = [""], False
    for part in SEED.read_text().split("\n\n"):
        if CODE.match(part):
            found += [] if goes_on else [""]
            found[-1] += part.split("\nThe parameters are")[0] + "\n"
        goes_on = bool(CODE.match(part)) and "\nThe parameters are" not in part
    return found[1:]


def run(demo: Site, *numbers: int) -> dict[str, Any]:
    """The names that there are after these blocks, with import lines and the host changed and the slips mended."""
    text = "\n".join(blocks()[number] for number in numbers)
    text = text.replace("import pyunicore.", "import lychgate.compat.pyunicore.")
    text = text.replace("https://localhost:8080", demo.server.url.replace("127.0.0.1", "localhost"))
    for slip, mended in SLIPS.items():
        text = text.replace(slip, mended)
    names: dict[str, Any] = {}
    exec(compile(text, SEED.name, "exec"), names)
    return names


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("pyunicore") / "data", tls=True) as running:
        yield running


@pytest.fixture(autouse=True)
def _the_authority_is_known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "demo" in request.fixturenames:
        monkeypatch.setenv("SSL_CERT_FILE", request.getfixturevalue("demo").ca)


@pytest.fixture(scope="module")
def oauth(demo: Site) -> Made:
    grants = ["password", "refresh_token"]
    return demo.server.client_add("ucc", grants=grants, methods=("client_secret_post", "client_secret_basic"))


def test_there_are_nine_blocks() -> None:
    assert [len(block) > 30 for block in blocks()] == [True] * 9


def test_the_blocks_of_credentials_make_what_they_say(demo: Site) -> None:
    assert run(demo, 0)["credential"].get_auth_header() == "Basic ZGVtb3VzZXI6dGVzdDEyMw=="
    assert run(demo, 1)["credential"].get_auth_header() == "Bearer ..."
    assert run(demo, 2)["credential"].get_auth_header() == "Basic ..."
    assert run(demo, 4)["credential"].get_auth_header() is None
    assert Client(run(demo, 4)["credential"], demo.url).access_info()["role"]["selected"] == "anonymous"


def test_the_block_with_a_key_logs_in(demo: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".uftp").mkdir()
    demo.add_key(keygen(tmp_path / ".uftp" / "id_uftp").with_name("id_uftp.pub"))
    made = run(demo, 3)["credential"]
    assert Client(made, demo.url).access_info()["authenticationMethod"] == "SSHKEY"
    by_name = uc_credentials.create_credential(username=USER, identity="id_uftp")
    assert jose.peek(by_name.get_auth_header()[7:])[1]["etd"] == "false"


def test_the_blocks_of_preferences_choose_a_group_and_a_foreign_one_is_a_403(
    demo: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    names = run(demo, 5, 6)
    assert json.loads(capsys.readouterr().out)["xlogin"]["group"] == "hpc"
    client = names["client"]
    assert client.access_info()["xlogin"]["group"] == "myproject1"
    client.transport.preferences = "group:somebody-elses"
    with pytest.raises(Refused, match="somebody-elses") as caught:
        client.access_info()
    assert caught.value.status == 403
    client.transport.preferences = None
    assert client.links["self"].endswith("/rest/core")
    assert len(client.server_version_info()) == 3
    assert Resource(client.transport, client.resource_url).properties["client"]["dn"] == client.access_info()["dn"]


def test_the_blocks_of_tokens_issue_one_and_log_in_with_it(demo: Site) -> None:
    names = run(demo, 5, 7, 8)
    claims = jose.peek(names["my_auth_token"])[1]
    assert (claims["exp"] - claims["iat"], "aud" in claims, "renewable" in claims) == (3600, True, False)
    assert names["client"].access_info()["xlogin"]["UID"] == "demo"
    with pytest.raises(Refused) as caught:
        names["client"].issue_auth_token()
    assert caught.value.status == 403


def test_wrong_credentials_fail_at_once_and_certificates_are_checked(demo: Site, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip  # noqa: E501
    with pytest.raises(uc_credentials.AuthenticationFailedException) as caught:
        Client(uc_credentials.UsernamePassword(USER, "wrong"), demo.url)
    assert caught.value.status == 403
    right = uc_credentials.UsernamePassword(USER, PASSWORD)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(TransientError):
        Client(right, demo.url)
    assert Client(Transport(right, verify=demo.ca), demo.url).access_info()
    assert Client(Transport(right, verify=False, use_security_sessions=False), demo.url).access_info()


def test_our_own_client_checks_certificates_in_both_colours(demo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    basic = lychgate.Basic(USER, PASSWORD)
    with pytest.raises(Untrusted, match="SSL_CERT_FILE"):
        lychgate.Unicore(demo.url, basic).access_info()
    assert lychgate.Unicore(demo.url, basic, verify=demo.ca).access_info().uid == "demo"

    async def who() -> str:
        return (await lychgate.AsyncUnicore(demo.url, basic, verify=demo.context).access_info()).uid

    assert asyncio.run(who()) == "demo"


def test_a_refresh_handler_and_a_credential_of_ones_own_are_asked_each_time(demo: Site, oauth: Made) -> None:
    token = demo.server_token(oauth)
    asked = []

    class Handler(uc_credentials.RefreshHandler):
        def refresh_token(self) -> str:
            asked.append(1)
            return token

    made = uc_credentials.OIDCToken("old", Handler())
    assert Client(made, demo.url).access_info()["xlogin"]["UID"] == "demo"
    assert made.get_token() == token
    assert len(asked) == 2

    class Own(uc_credentials.Credential):
        def get_auth_header(self) -> str:
            return "Bearer " + token

    assert Client(Own(), demo.url).access_info()["authenticationMethod"] == "OAUTH"


def test_a_login_at_an_oidc_server_keeps_its_refresh_token_for_its_owner_alone(
    demo: Site, oauth: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = {
        "oidc.endpoint": f"{demo.server.url}/oauth2/token", "oidc.username": EMAIL, "oidc.password": PASSWORD,
        "oidc.clientID": oauth.id, "oidc.clientSecret": oauth.secret, "oidc.scope": "",
    }  # fmt: skip
    assert Client(uc_credentials.OIDCServerToken(config), demo.url).access_info()["xlogin"]["UID"] == "demo"
    kept = tmp_path / ".ucc" / "refresh-tokens"
    first = json.loads(kept.read_text())[config["oidc.endpoint"]]["refresh_token"]
    assert kept.stat().st_mode & 0o777 == 0o600
    again = uc_credentials.OIDCServerToken(
        {**config, "oidc.password": "by-now-another", "oidc.authentication": "BASIC"}
    )
    assert Client(again, demo.url).access_info()["xlogin"]["UID"] == "demo"
    assert json.loads(kept.read_text())[config["oidc.endpoint"]]["refresh_token"] != first
    kept.unlink()
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or PASSWORD)
    del config["oidc.password"]
    once = uc_credentials.OIDCServerToken({**config, "oidc.storeRefreshToken": "false"})
    assert once.get_token()
    assert once.get_token()
    assert (len(asked), kept.exists()) == (1, False)
    with pytest.raises(ConfigError, match=r"oidc\.endpoint is missing"):
        uc_credentials.OIDCServerToken({})


def test_an_agents_token_is_fetched_and_no_agent_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OIDC_SOCK", raising=False)
    with pytest.raises(ConfigError, match="OIDC_SOCK"):
        uc_credentials.OIDCAgentToken("ours").get_auth_header()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give a token"),
        ({"username": "a"}, "give the password"),
        ({"username": "a", "identity": "/nowhere/id"}, "No such file"),
    ],
)
def test_what_is_missing_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        uc_credentials.create_credential(**given).get_auth_header()


def test_a_services_tokens_are_signed_by_key_or_shared_secret() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP384R1())
    made = uc_credentials.JWTToken("CN=Ada", "CN=Service", key, algorithm="ES384", etd=True)
    header, claims = jose.peek(made.get_token())
    assert (header, claims["sub"], claims["iss"], claims["etd"]) == (
        {"alg": "ES384", "typ": "JWT"}, "CN=Ada", "CN=Service", "true",
    )  # fmt: skip
    shared = uc_credentials.JWTToken("CN=Ada", None, "s" * 32, algorithm="HS256", lifetime=60)
    found = jose.verify(shared.get_token(), [jose.import_key("s" * 32)], ["HS256"])[1]
    assert (found["iss"], found["exp"] - found["iat"]) == ("CN=Ada", 60)
    with pytest.raises(ConfigError, match="32 characters"):
        uc_credentials.JWTToken("CN=Ada", None, "short", algorithm="HS256")


def test_a_link_of_the_servers_does_not_lead_the_credential_away(demo: Site) -> None:
    client = Client(uc_credentials.UsernamePassword(USER, PASSWORD), demo.url)
    for act in (
        lambda: client.transport.get(url="https://elsewhere.example.org/rest/core/jobs"),
        lambda: Resource(client.transport, "https://elsewhere.example.org/").properties,
    ):
        with pytest.raises(InsecureError, match="nothing was sent"):
            act()


def test_a_service_that_the_site_trusts_names_its_users(demo: Site) -> None:
    from cryptography.hazmat.primitives import serialization as forms

    assert demo.tls is not None
    pem = demo.tls.cert.read_text()
    key = forms.load_pem_private_key(demo.tls.key.read_bytes(), None)
    demo.server.operate(lambda engine: trust.add_service(engine, ACTOR, engine.issuer, "CN=localhost", pem))
    made = uc_credentials.JWTToken(USER, "CN=localhost", key, algorithm="ES256", etd=True)
    info = poll(lambda: _info(Transport(made), demo.url))
    assert (info["xlogin"]["UID"], info["authenticationMethod"]) == ("demo", "ETD")


def _info(transport: Transport, url: str) -> Any:
    try:
        return transport.get(url=url)["client"]
    except Refused:
        return None


def test_credentials_show_nothing() -> None:
    made = [
        uc_credentials.UsernamePassword("ada", "hunter2hunter2"),
        uc_credentials.OIDCToken("a-bearer-token"),
        credential(lychgate.Bearer("another-bearer-token")),
    ]
    assert not re.search("hunter2|a-bearer|another", repr(made))


# --- the real pyunicore


def test_each_name_of_the_real_one_is_here_or_says_where_it_is(demo: Site) -> None:
    needs(module="pyunicore")
    import pyunicore.client as real
    import pyunicore.credentials as real_credentials

    from lychgate.compat.pyunicore import client as ours

    ours_too = {"Client", "Resource", "Transport"}
    for name in {name for name, one in vars(real).items() if getattr(one, "__module__", "") == real.__name__}:
        if name in ours_too or name.startswith("_"):
            continue
        with pytest.raises(ImportError, match=r"keep importing it .*compat\.pyunicore\.credential"):
            getattr(ours, name)
    for name in {name for name in vars(real_credentials) if name.endswith(("Token", "Password", "Handler", "ous"))}:
        assert hasattr(uc_credentials, name), name
    client = Client(uc_credentials.UsernamePassword(USER, PASSWORD), demo.url)
    for name in {name for kind in (real.Client, real.Resource) for name in vars(kind) if not name.startswith("_")}:
        if not hasattr(client, name):
            with pytest.raises(AttributeError, match="keep importing it"):
                getattr(client, name)
    assert not hasattr(client, "anything")
    assert not hasattr(ours, "anything")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import lychgate.compat.pyunicore.aio.client", "AsyncUnicore"),
        ("from lychgate.compat.pyunicore.uftp.uftp import AuthServer", "rest/auth"),
        ("from lychgate.compat.pyunicore import dask", "keep importing it"),
        ("from lychgate.compat.pyunicore.client import Registry", "pyunicore.client.Registry"),
    ],
)
def test_a_line_of_import_that_cannot_be_changed_says_so(line: str, said: str) -> None:
    with pytest.raises(ImportError, match=said):
        exec(line, {})


def test_each_of_our_credentials_logs_the_real_pyunicore_in(demo: Site, oauth: Made, tmp_path: Path) -> None:
    needs(module="pyunicore")
    from pyunicore.client import Client as RealClient

    key = keygen(tmp_path / "id", "ES256")
    demo.add_key(key.with_name("id.pub"))
    signed = lychgate.SignedJwt(lychgate.Secret.file(key), USER)
    login = lychgate.Password(
        token_endpoint=f"{demo.server.url}/oauth2/token", client_id=oauth.id, client_secret=oauth.secret,
        username=EMAIL, password=PASSWORD,
    )  # fmt: skip
    issued = lychgate.Unicore(demo.url, lychgate.Basic(USER, PASSWORD)).issue_token()
    with ssh_agent.running() as agent:
        demo.add_key(agent.make())
        by_agent = lychgate.SignedJwt(lychgate.SshAgent(socket=str(agent.socket)), USER)
        ways: dict[str, Any] = {
            "PASSWORD": [lychgate.Basic(USER, PASSWORD)],
            "SSHKEY": [signed, by_agent],
            "OAUTH": [
                login,
                lychgate.Bearer(demo.server_token(oauth)),
                lychgate.Chain(lychgate.Environment("NO"), login),
            ],
            "ETD": [lychgate.Bearer(issued.access)],
        }
        for method, those in ways.items():
            for one in those:
                client = RealClient(credential(one), demo.url)
                assert client.access_info()["authenticationMethod"] == method, one
        client.transport.preferences = "group:myproject1"
        assert client.access_info()["xlogin"]["group"] == "myproject1"
    assert RealClient(credential(lychgate.Anonymous()), demo.url, check_authentication=False).access_info()["role"]
    with pytest.raises(ConfigError, match="goes elsewhere"):
        RealClient(credential(lychgate.ApiKey("k", name="X-Key")), demo.url)


def test_the_real_pyunicore_awaits_with_ours(demo: Site) -> None:
    needs(module="pyunicore")
    from pyunicore.aio.client import Client as AwaitingClient

    async def who() -> str:
        client = AwaitingClient(credential(lychgate.Basic(USER, PASSWORD)), demo.url)
        return str((await client.access_info)["xlogin"]["UID"])

    assert asyncio.run(who()) == "demo"


def test_the_real_ones_credentials_serve_our_client(demo: Site) -> None:
    needs(module="pyunicore")
    from pyunicore.credentials import UsernamePassword

    assert Client(UsernamePassword(USER, PASSWORD), demo.url).access_info()["xlogin"]["UID"] == "demo"
