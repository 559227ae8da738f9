"""docs/settings.md names every setting with its default, and its file is one that the server takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lychgate.cli import main
from lychgate.server.config import Config

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \|", PAGE, re.M))


def settings(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting's key and default; those of a table with its name before them."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{before}{name}.")
        else:
            yield before + name, field.default


def test_each_setting_has_its_row_and_its_default() -> None:
    known = dict(settings(Config))
    assert list(ROWS) == list(known)
    plain = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in known.items()
             if isinstance(value, str | int) and value != ""}  # fmt: skip
    assert {key: ROWS[key].strip("`") for key in plain} == plain


def test_its_file_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCHGATE_DATA", str(tmp_path))
    (tmp_path / "lychgate.toml").write_text(re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)[0])
    assert main(["serve", "--check"]) == 0
    assert "https://auth.example.org" in capsys.readouterr().out
