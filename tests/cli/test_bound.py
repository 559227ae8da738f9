"""A profile whose tokens are bound to a key: kept, renewed and used by the commands, and handed to nobody bare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.guard import Guard
from lychgate.oauth import jose
from support.api_server import serve_api
from support.guarded_api import guard_api
from support.server import Made, Server, running

from .conftest import Operate

DATA = "https://data.example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("bound") / "data", toml="dpop_nonce = true\n") as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add("robot", grants=["client_credentials"], audiences=(DATA,))


@pytest.fixture
def api(server: Server) -> Iterator[str]:
    with serve_api() as started:
        guard_api(started, Guard(server.issuer, DATA, origins=[started.url], bound="dpop", nonces=True))
        yield started.url


@pytest.fixture
def profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, robot: Made, api: str, operate: Operate
) -> Path:
    """A home with the profile ``robot``, made by the command."""
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("ROBOT_SECRET", robot.secret)
    words = ["--issuer", server.issuer, "--client-id", "robot", "--client-secret", "env:ROBOT_SECRET"]
    added = operate("profile", "add", "robot", "--source", "client_credentials", *words, "--dpop", "--origin", api)
    assert added.status == 0, added.err
    return tmp_path


def test_the_profile_says_dpop_and_a_call_sends_a_proof(profile: Path, operate: Operate, api: str) -> None:
    assert "dpop = true" in (profile / "profiles.toml").read_text()
    for _ in range(2):
        called = operate("call", "GET", f"{api}/data")
        assert (called.status, called.err) == (0, "")
    told = operate("token", "--json").json()
    assert told["token_type"] == "DPoP"
    assert jose.peek(told["access_token"])[1]["cnf"]["jkt"]


def test_a_bare_header_is_refused_and_the_way_on_is_said(profile: Path, operate: Operate) -> None:
    said = operate("token", "--header")
    assert (said.status, said.out) == (1, "")
    assert "bound to a key (DPoP)" in said.err
    assert "lychgate call" in said.err
    child = operate("run", "--", "true")
    assert (child.status, "bound to a key" in child.err) == (1, True)


def test_a_secret_key_is_named_by_reference_alone(profile: Path, operate: Operate) -> None:
    pem = jose.generate("ES256").as_pem(private=True).decode()
    refused = operate("profile", "edit", "robot", "--dpop-key", pem)
    assert (refused.status, "typed in clear" in refused.err, pem.splitlines()[1] in refused.err) == (1, True, False)
    (profile / "key.pem").write_text(pem)
    assert operate("profile", "edit", "robot", "--dpop-key", f"file:{profile / 'key.pem'}").status == 0
    jkt = jose.peek(operate("token").out.strip())[1]["cnf"]["jkt"]
    assert jkt == jose.thumbprint(jose.import_key(pem))
