"""docs/unicore.md is true: its commands and its example run, in its order, against two real servers over https."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.server.configuration.unicore_settings import Unicore
from support.peers import needs
from support.server import Server, running
from support.tls import Tls, certificate
from support.unicore import CORE

PAGE = (Path(__file__).parents[2] / "docs/unicore.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE.partition("\n# The client")[0], re.M | re.S)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
TOML = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Server]:
    options = ("--host", "localhost", "--tls-cert", str(tls.cert), "--tls-key", str(tls.key))
    with running(tmp_path_factory.mktemp("page") / "data", *options, "--unicore-site", "DEMO-SITE") as started:
        yield started


def typed(server: Server, tls: Tls, folder: Path, data: Path, *words: str) -> str:
    """What a person sees who types this in a shell, where the data folder is ``data``."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    here = [
        word.replace("https://localhost:8080", server.url).replace("cafile=CA", f"cafile={str(tls.ca)!r}")
        for word in words
    ]
    env = {
        "PATH": path,
        "HOME": str(folder),
        "LYCHGATE_DATA": str(data),
        "LANG": "C.UTF-8",
        "CURL_CA_BUNDLE": str(tls.ca),
    }
    done = subprocess.run(here, env=env, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_is_followed_from_top_to_bottom(server: Server, tls: Tls, tmp_path: Path) -> None:
    needs(module="pyunicore")
    needs(program="curl")
    needs(program="openssl")
    start, job, sites, rotation = SHELL[:4]
    bash = ("bash", "-e", "-c")
    said = typed(server, tls, tmp_path, server.data, *bash, start)
    assert '"group":"myproject1"' in said
    assert '"group":"myproject2"' in said
    said = typed(server, tls, tmp_path, server.data, sys.executable, "-c", PYTHON[0])
    assert [line for line in said.splitlines() if line in ("myproject2", "ETD")] == ["myproject2", "ETD"]
    said = typed(server, tls, tmp_path, server.data, *bash, job)
    assert '"authenticationMethod":"ETD"' in said
    assert "Revoked 2 tokens" in said
    with running(tmp_path / "other", "--unicore-site", "OTHER") as other:
        typed(server, tls, tmp_path, other.data, *bash, sites)
        other.user_add("demo@other.example", "another", name="demouser")
        token = typed(
            server, tls, tmp_path, server.data, "curl", "-s", "-u", "demouser:test123", server.url + CORE + "/token"
        )
        assert other.get("/OTHER/rest/core", bearer=token).json()["client"]["dn"] == "CN=demouser"
        said = typed(server, tls, tmp_path, server.data, *bash, rotation)
        assert re.findall(r" (signs|published)  ", said) == ["signs", "published"]
        trusting = "\n".join(sites.splitlines()[1:]).replace("demo-site.pem", "next.pem")
        typed(server, tls, tmp_path, other.data, *bash, trusting)
        now = typed(server, tls, tmp_path, server.data, "lychgate", "keys", "rotate", "--unicore", "--at-once")
        assert "it signs from" in now


def test_the_settings_of_the_page_are_the_usual_ones() -> None:
    found = tomllib.loads(TOML[0])
    assert Unicore(**found["facade"]["unicore"]) == Unicore()
    assert set(found["facade"]["unicore"]) == set(Unicore.model_fields)
