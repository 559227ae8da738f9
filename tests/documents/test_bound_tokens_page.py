"""docs/bound-tokens.md is true: its commands run, in their order, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.x509 import DNSName

from lychgate.oauth import bound, jose
from lychgate.server.configuration.configure import load
from support.certificates import made
from support.server import Server, running
from support.tls import Tls, certificate

PAGE = (Path(__file__).parents[2] / "docs/bound-tokens.md").read_text(encoding="utf-8")
SERVER = PAGE.partition("## At the client")[0]
SHELL = re.findall(r"^```sh\n(.*?)^```$", SERVER, re.M | re.S)
TOML = re.findall(r"^```toml\n(.*?)^```$", SERVER, re.M | re.S)
AUTHORITY = made("Authority", ca=True)
ROBOT = made("robot", AUTHORITY, names=(DNSName("robot.example.org"),))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("page"), "127.0.0.1")


@pytest.fixture(scope="module")
def server(tls: Tls) -> Iterator[Server]:
    folder = tls.ca.parent
    (folder / "clients-ca.pem").write_text(AUTHORITY.pem)
    (folder / "probe.jwks.json").write_text(made("probe").jwks)
    (folder / "bank.jwks.json").write_text(json.dumps({"keys": [jose.public_jwk(jose.generate("ES256"))]}))
    ROBOT.written(folder / "robot.pem")
    options = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key))
    with running(folder / "data", *options, "--tls-client-ca", str(folder / "clients-ca.pem")) as started:
        yield started


def typed(server: Server, tls: Tls, script: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    home = {"PATH": path, "HOME": str(server.data), "LYCHGATE_DATA": str(server.data), "LANG": "C.UTF-8"}
    home |= {"CURL_CA_BUNDLE": str(tls.ca), "no_proxy": "127.0.0.1"}
    text = script.replace("https://auth.example.org", server.url)
    done = subprocess.run(["sh", "-e", "-c", text], env=home, cwd=tls.ca.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_page_is_followed_from_top_to_bottom(server: Server, tls: Tls) -> None:
    assert len(SHELL) == 4
    said = [typed(server, tls, script) for script in SHELL]
    claims = jose.peek(json.loads(said[2])["access_token"])[1]
    assert claims["cnf"] == {"x5t#S256": bound.certificate_thumbprint(ROBOT.der)}
    listed = {one["client_id"]: one for one in json.loads(typed(server, tls, "lychgate client list --json"))}
    assert listed["bank"]["profile"] == "fapi2"
    assert listed["bank"]["dpop_bound_access_tokens"] is True
    assert "dpop_bound_access_tokens" not in listed["phone"]
    assert listed["robot"]["tls_client_auth_san_dns"] == "robot.example.org"


def test_the_settings_are_understood(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(AUTHORITY.pem)
    for text in TOML:
        (tmp_path / "lychgate.toml").write_text(text.replace("/etc/lychgate/clients-ca.pem", str(tmp_path / "ca.pem")))
        assert load({"data": tmp_path})
    assert len(TOML) == 2


def test_a_name_is_given_by_its_kind(server: Server, tls: Tls) -> None:
    named = "lychgate client edit robot --json --certificate-name "
    found = json.loads(typed(server, tls, f"{named} 'dn:CN=robot,O=Tests,C=CH'"))
    assert found["tls_client_auth_subject_dn"] == "CN=robot,O=Tests,C=CH"
    assert "tls_client_auth_san_dns" not in found
    with pytest.raises(AssertionError, match="dn:NAME, dns:NAME"):
        typed(server, tls, f"{named} robot")
