from __future__ import annotations

from pathlib import Path

import pytest

from contracts.store_contract import StoreContract


class TestSQLite(StoreContract):
    @pytest.fixture
    def place(self, data: Path) -> str:
        return str(data)
