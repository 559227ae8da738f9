"""The tutorial of the Climate Engine document, cell by cell, against a real server.

Cell 1 installs packages and is skipped. In the rest the host name with its scheme and port is replaced, nothing else.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.peers import missing, needs
from support.server import running

DOCUMENT = Path(__file__).parents[2].parent / "shared" / "seeds" / "5-climate-engine.txt"
ORIGINAL = "https://auth.climateengine.com"
API = "https://api.climateengine.com"
MARK = "~~~ end of cell"
CELL = re.compile(r"^In \[(\d+)\]:$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A cell of the notebook: its code, and what the document shows that it printed."""

    number: int
    code: str
    output: list[str]


def cells_of(text: str) -> list[Cell]:
    parts = CELL.split(text)
    return [_cell(int(number), part) for number, part in zip(parts[1::2], parts[2::2], strict=True)]


def _cell(number: int, text: str) -> Cell:
    """Code goes on until the first paragraph that is none; the paragraph after it is the output."""
    paragraphs = [part for part in re.split(r"\n{2,}", text) if part.strip()]
    code: list[str] = []
    while paragraphs and _is_code(paragraphs[0]):
        code.append(paragraphs.pop(0))
    return Cell(number, "\n\n".join(code), paragraphs[0].strip("\n").split("\n") if paragraphs else [])


def _is_code(paragraph: str) -> bool:
    if paragraph.lstrip().startswith(("status: ", "{")):  # it would parse, but it was printed
        return False
    try:
        ast.parse(paragraph)
    except SyntaxError:
        return False
    return True


def _assigned(code: str, name: str) -> str:
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"the cell assigns no {name}")


@dataclass(frozen=True)
class Played:
    """The cells, the host that stood in for the document's, and what each cell printed."""

    cells: list[Cell]
    url: str
    printed: list[list[str]]

    def dicts(self) -> list[dict[str, Any]]:
        lines = [line for output in self.printed for line in output]
        return [ast.literal_eval(line) for line in lines if line.startswith("{")]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    if not DOCUMENT.exists():
        missing("the document is not beside this project (../shared/seeds)")
    needs(module="authlib")
    needs(module="requests")
    cells = [cell for cell in cells_of(DOCUMENT.read_text(encoding="utf-8")) if cell.number != 1]
    toml = f'[facade.climate_engine]\naudiences = ["{API}"]\ndefault_roles = ["all-datasets"]\n'
    with running(tmp_path_factory.mktemp("tutorial") / "data", toml=toml) as server:
        server.user_add(_assigned(cells[0].code, "username"), _assigned(cells[0].code, "password"))
        script = "\n".join(f"{cell.code}\nprint({MARK!r})\n" for cell in cells).replace(ORIGINAL, server.url)
        yield Played(cells, server.url, _run(script))


def _run(script: str) -> list[list[str]]:
    """What each cell prints, all run in order by one interpreter that knows nothing of this project."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return [part.strip("\n").split("\n") for part in done.stdout.split(MARK)[:-1]]


def _alike(shown: Any, printed: Any, name: str = "") -> None:
    """The same keys in the same order, the same types; the same values where they are not another server's."""
    assert type(printed) is type(shown), name
    if isinstance(shown, dict):
        assert list(printed) == list(shown)
        for key, value in shown.items():
            _alike(value, printed[key], key)
    elif name in ("token_type", "email", "is_active", "is_superuser", "is_verified"):
        assert printed == shown, name
    elif name == "expires_in":
        assert printed in (839, 840)
    elif name == "client_secret":
        assert len(printed) == len(shown) == 43
    elif name in ("id", "user_id", "client_id"):
        assert uuid.UUID(printed).version == uuid.UUID(shown).version == 4, name


def test_the_document_has_six_cells_and_each_of_those_that_run_prints_something():
    if not DOCUMENT.exists():
        missing("the document is not beside this project (../shared/seeds)")
    cells = cells_of(DOCUMENT.read_text(encoding="utf-8"))
    assert [cell.number for cell in cells] == [1, 2, 3, 4, 5, 6]
    assert all(cell.output for cell in cells[1:])


def test_each_cell_prints_what_the_document_shows(played: Played):
    assert len(played.printed) == len(played.cells) == 5
    for cell, printed in zip(played.cells, played.printed, strict=True):
        assert len(printed) == len(cell.output), cell.number
        for shown, line in zip(cell.output, printed, strict=True):
            if shown.startswith("{"):
                _alike(ast.literal_eval(shown), ast.literal_eval(line))
            else:
                assert line == shown, cell.number


def test_the_same_person_is_named_in_the_account_the_new_client_and_every_token(played: Played):
    token, me, made, robots, again = played.dicts()
    assert me == again
    assert made["user_id"] == me["id"]
    for reply in (token, robots):
        assert _payload(reply["access_token"])["user_id"] == me["id"]


def test_a_token_holds_all_that_the_documents_token_holds(played: Played):
    shown = _payload(next(ast.literal_eval(line) for line in played.cells[0].output if "{" in line)["access_token"])
    token, _, made, robots, _ = played.dicts()
    for reply in (token, robots):
        claims = _payload(reply["access_token"])
        assert set(shown) <= set(claims)
        assert claims["roles"] == shown["roles"]
        assert claims["groups"] == shown["groups"]
        assert claims["aud"] == [played.url, API]
        assert claims["iss"] == played.url
        assert claims["exp"] - claims["iat"] == shown["exp"] - shown["iat"] == 900
        assert reply["expires_at"] == claims["exp"] - 60
    assert _payload(robots["access_token"])["sub"] == made["client_id"]


def _payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
