"""docs/exchange.md is true: its commands and its program run, in its order, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.oauth import jose
from support.abroad import Abroad
from support.server import Server, running

PAGE = (Path(__file__).parents[2] / "docs/exchange.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("page") / "data") as started:
        (started.data.parent / "password").write_text("hunter2", encoding="utf-8")
        (started.data.parent / "login.jwks.json").write_text(Abroad("https://login.example.org").jwks, encoding="utf-8")
        yield started


def typed(server: Server, *words: str, **more: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    home = {"PATH": path, "HOME": str(server.data), "LYCHGATE_DATA": str(server.data), "LANG": "C.UTF-8"}
    folder = server.data.parent
    done = subprocess.run([*words], env=home | more, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def here(server: Server, text: str) -> str:
    return text.replace("http://127.0.0.1:8080", server.url)


def test_the_page_is_followed_from_top_to_bottom(server: Server) -> None:
    assert (len(SHELL), len(PYTHON)) == (3, 1)
    secrets = re.findall(r"client_secret\s+(\S{43})", typed(server, "sh", "-e", "-c", SHELL[0]))
    given = dict(zip(("PORTAL_SECRET", "MAPS_SECRET"), secrets, strict=True))
    script = here(server, SHELL[1]) + '\necho "PERSON=$PERSON"\n'
    said = typed(server, "sh", "-e", "-c", script, **given)
    shown, _, person = said.rpartition("PERSON=")
    claims = json.loads(shown)["claims"]
    example = json.loads(re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)[0])
    assert {name: claims[name] for name in example} == example | {"sub": claims["sub"]}
    printed = typed(server, sys.executable, "-c", here(server, PYTHON[0]), PERSON=person.strip(), **given)
    assert "Token" in printed
    assert claims["sub"] == jose.peek(person.strip())[1]["sub"]


def test_trust_is_given_and_taken_back(server: Server) -> None:
    assert "email" in typed(server, "sh", "-e", "-c", SHELL[2])
    assert typed(server, "lychgate", "trust", "list", "--json").strip() == "[]"
