"""A running server that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server import Server, running

TOML = """
grace = 2
[facade.climate_engine]
audiences = ["https://api.climate.example"]
default_roles = ["all-datasets"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``lychgate serve`` on SQLite with a grace window of 2 seconds."""
    data: Path = tmp_path_factory.mktemp("serve") / "data"
    with running(data, toml=TOML) as started:
        yield started
