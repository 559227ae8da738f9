"""docs/supercomputers.md is true: its commands run in its order, and its token says what was chosen."""

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
from support.peers import needs
from support.server import Server, running

TEXT = (Path(__file__).parents[2] / "docs" / "supercomputers.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S)
CODE = re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("supercomputers")) as started:
        yield started


def test_the_page_runs_from_top_to_bottom(server: Server, tmp_path: Path) -> None:
    needs(program="ssh-keygen")
    assert (len(SHELL), len(CODE)) == (3, 1)
    second = ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(tmp_path / "second")]
    subprocess.run(second, check=True, timeout=60)
    keys, choices, client = (typed(server, tmp_path, block) for block in SHELL)
    listed = keys.partition("FINGERPRINT")[2]
    assert "ada's laptop" in listed
    assert "second" in listed
    assert keys.rstrip().endswith("from ada@example.org.")
    assert re.search(r"uid +ada ada2\n +group +hpc bio\n", choices)
    assert re.search(r"ED25519 SHA256:\S+ ada's laptop", choices)
    secret = re.findall(r"[A-Za-z0-9_-]{43}", client)[0]
    found: dict[str, object] = {"ISSUER": server.issuer, "SECRET": secret}
    exec(CODE[0], found)
    claims = jose.peek(found["token"].access.reveal())[1]  # type: ignore[attr-defined]  # made by the page
    assert (claims["uid"], claims["group"]) == ("ada2", "hpc"), json.dumps(sorted(claims))


def typed(server: Server, folder: Path, text: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "LYCHGATE_DATA": str(server.data), "WORK": str(folder)}
    done = subprocess.run(
        ["bash", "-e", "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
