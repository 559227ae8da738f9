"""Databases for the tests of the stores."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lychgate.server.stores import migrate
from support.postgres import fragile_postgres, postgres  # noqa: F401  fixtures

pytest.register_assert_rewrite("contracts.store_contract")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with empty tables, to be copied."""
    folder = tmp_path_factory.mktemp("sqlite") / "data"
    migrate(folder)
    return folder


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    """A data folder with empty tables, of the test's own."""
    return shutil.copytree(migrated, tmp_path / "data")
