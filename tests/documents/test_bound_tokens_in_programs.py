"""docs/bound-tokens.md, the client's half, is true: its programs run at a real server and a guarded API."""

from __future__ import annotations

import contextlib
import io
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import lychgate
from lychgate.cli import main
from lychgate.guard import Guard
from lychgate.issuer import discovery
from lychgate.oauth import jose
from lychgate.world.wire import Wire
from support.api_server import Api, serve_api
from support.certificates import Shown, made
from support.guarded_api import guard_api
from support.server import Server, running
from support.tls import Tls, certificate

PAGE = (Path(__file__).parents[2] / "docs/bound-tokens.md").read_text(encoding="utf-8")
BLOCKS: dict[str, str] = dict(re.findall(r"^```python\n# (\w+)\n(.*?)^```$", PAGE, re.M | re.S))
CLIENT = PAGE.partition("## At the client")[2]
DATA = "https://api.example.org"
NAME = {"tls_client_auth_subject_dn": "CN=robot,O=Tests,C=CH"}


@pytest.fixture(scope="module")
def authority() -> Shown:
    return made("Authority", ca=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory, authority: Shown) -> Tls:
    folder = tmp_path_factory.mktemp("page")
    (folder / "clients-ca.pem").write_text(authority.pem)
    shown = made("robot", authority).written(folder / "robot.pem").read_text()
    (folder / "robot.key").write_text(shown[shown.index("-----BEGIN PRIVATE KEY") :])
    return certificate(folder, "127.0.0.1")


@pytest.fixture(scope="module")
def server(tls: Tls) -> Iterator[Server]:
    folder = tls.ca.parent
    served = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key), "--tls-client-ca", str(folder / "clients-ca.pem"))
    with running(folder / "data", *served) as started:
        yield started


@pytest.fixture
def api(server: Server, tls: Tls) -> Iterator[Api]:
    with serve_api(tls, tls.ca.parent / "clients-ca.pem") as started:
        guard = Guard(server.issuer, DATA, origins=[started.url], bound=True)
        guard._world._wire = Wire(ssl.create_default_context(cafile=str(tls.ca)))
        guard_api(started, guard)
        yield started


@pytest.fixture(autouse=True)
def _trusting(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's programs believe the authority of these tests, as a machine believes those of its system."""
    discovery.forget()
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
    monkeypatch.chdir(tls.ca.parent)


def run(label: str, server: Server, api: Api) -> str:
    text = BLOCKS[label].replace("https://auth.example.org", server.issuer).replace(DATA, api.url)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(text, {})
    return out.getvalue()


def test_the_program_with_proofs_is_let_in(server: Server, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    robot = server.client_add("robot", audiences=(DATA,))
    monkeypatch.setenv("ROBOT_SECRET", robot.secret)
    assert run("dpop", server, api) == "200\n"


def test_the_program_with_a_certificate_is_let_in(server: Server, api: Api) -> None:
    bound = {"tls_client_certificate_bound_access_tokens": True}
    server.client_add("shown", methods=["tls_client_auth"], audiences=(DATA,), extra={**NAME, **bound})
    BLOCKS["mtls"] = BLOCKS["mtls"].replace('"robot"', '"shown"')  # the other program has that name here
    assert run("mtls", server, api) == "200\n"


def test_the_program_of_the_bank_can_be_held_to_the_profile(server: Server, api: Api, tls: Tls) -> None:
    (tls.ca.parent / "bank.pem").write_bytes(jose.generate("ES256").as_pem(private=True))
    run("fapi", server, api)


def test_the_profiles_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```$", CLIENT, re.M | re.S)
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    (tmp_path / "profiles.toml").write_text(text)
    (tmp_path / "profiles.toml").chmod(0o600)
    person, robot = (lychgate.auth(name)._credential.authenticator for name in ("climate", "robot"))
    assert (person.signs, robot.signs) == (True, False)
    assert robot.certificate is not None


def test_the_commands_are_understood(
    server: Server, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """But for the login, which a person does in a browser (tests/journeys/test_bound_tokens.py)."""
    (script,) = re.findall(r"^```sh\n(.*?)^```$", CLIENT, re.M | re.S)
    made = server.client_add(audiences=(DATA,))
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("ROBOT_SECRET", made.secret)
    text = script.replace("\\\n", "").replace("https://auth.example.org", server.issuer).replace(DATA, api.url)
    login, *rest = [line.split() for line in text.replace("--client-id robot", f"--client-id {made.id}").splitlines()]
    assert login[-1] == "--dpop"
    assert [main(words[1:]) for words in rest] == [0, 0]
    assert [seen.path for seen in api.seen] == ["/data"]
