from __future__ import annotations

import pytest

pytest.register_assert_rewrite("contracts")

from contracts.store_contract import StoreContract  # noqa: E402  after the line above
from support.postgres import Postgres, postgres  # noqa: E402, F401  a fixture


class TestPostgreSQL(StoreContract):
    @pytest.fixture
    def place(self, postgres: Postgres) -> str:  # noqa: F811  the fixture
        return postgres.fresh()
