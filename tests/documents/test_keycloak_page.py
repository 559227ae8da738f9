"""docs/keycloak.md is true: its commands and its example run, in its order, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server import Server, poll, running

PAGE = (Path(__file__).parents[2] / "docs/keycloak.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("page") / "data") as started:
        yield started


def typed(server: Server, *words: str, **more: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    home = {"PATH": path, "HOME": str(server.data), "LYCHGATE_DATA": str(server.data), "LANG": "C.UTF-8"}
    done = subprocess.run([*words], env=home | more, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def here(server: Server, text: str) -> str:
    return text.replace("http://127.0.0.1:8080", server.url)


def test_every_block_is_known_here() -> None:
    assert [block.split()[0] for block in SHELL] == ["lychgate", "TOKEN=$(lychgate"]
    assert len(PYTHON) == 1


def test_the_page_is_followed_from_top_to_bottom(server: Server) -> None:
    said = typed(server, "sh", "-e", "-c", here(server, SHELL[0]))
    assert f"{server.issuer}/realms/compute" in said
    assert "RS256" in said
    secret = re.findall(r"client_secret\s+(\S{43})", said)[0]
    poll(lambda: server.get("/realms/compute").status == 200)
    found = typed(server, sys.executable, "-c", here(server, PYTHON[0]), FRONT_SECRET=secret)
    assert "Authorization" in found
    made = json.loads(typed(server, "sh", "-e", "-c", here(server, SHELL[1])))
    assert made["clientId"] == "ada"
    token = server.post(
        "/realms/compute/protocol/openid-connect/token",
        {"grant_type": "client_credentials"},
        basic=("ada", made["secret"]),
    )
    assert token.status == 200


def test_the_addresses_of_the_page_are_there(server: Server) -> None:
    names = re.findall(r"`((?:protocol|clients-registrations|\.well-known|\.\.\.)/[\w/-]+)`", PAGE)
    assert len(names) >= 12
    for name in names:
        path = name.replace("...", "protocol/openid-connect")
        assert server.get(f"/realms/compute/{path}").status != 404, name
