from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.register_assert_rewrite("contracts")

from contracts.store_contract import StoreContract  # noqa: E402  after the line above

from lychgate.server.stores import migrate  # noqa: E402


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite") / "data"
    migrate(folder)
    return folder


class TestSQLite(StoreContract):
    @pytest.fixture
    def place(self, migrated: Path, tmp_path: Path) -> str:
        return str(shutil.copytree(migrated, tmp_path / "data"))
