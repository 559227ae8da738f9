from __future__ import annotations

import pytest

from contracts.store_contract import StoreContract
from support.postgres import Postgres


class TestPostgreSQL(StoreContract):
    @pytest.fixture
    def place(self, postgres: Postgres) -> str:
        return postgres.fresh()
