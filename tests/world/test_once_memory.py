"""``Once`` with records in memory."""

from __future__ import annotations

import pytest

from contracts.once_contract import OnceContract
from lychgate.world.stores.memory import MemoryStore


class TestOnceInMemory(OnceContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
