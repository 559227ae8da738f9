"""docs/administration.md is true: its commands run in its order, and its pages are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.person import PersonAtBrowser
from support.server import Server, running

TEXT = (Path(__file__).parents[2] / "docs" / "administration.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S)
PAGES = re.findall(r"^\| `(/admin[^`]*)`", TEXT, re.M)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("administration")) as started:
        yield started


def type_in(server: Server, text: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "LYCHGATE_DATA": str(server.data)}
    done = subprocess.run(
        ["sh", "-e", "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_commands_run_and_the_pages_are_there(server: Server) -> None:
    assert len(SHELL) == 2
    for block in SHELL:
        type_in(server, block)
    person = PersonAtBrowser(server.url)
    person.open(f"{server.url}/login").log_in("root@example.org", "correct horse battery")
    assert len(PAGES) == 7
    for page in PAGES:
        filled = page.replace("ID", "robot").replace("WHO", "ada@example.org")
        assert person.open(server.url + filled).page.status_code == 200, page
    person.close()


def test_the_commands_of_the_table_exist() -> None:
    for name in re.findall(r"`lychgate (\w+)` \|$", TEXT, re.M):
        done = subprocess.run([sys.executable, "-m", "lychgate", name, "--help"], capture_output=True, timeout=60)
        assert done.returncode == 0, name
