"""``Once`` with records in files: by ``flock``, and by leases where it does not exclude."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.once_contract import OnceContract
from lychgate.world import locks
from lychgate.world.stores.file import FileStore


class TestOnceWithFlock(OnceContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FileStore:
        made = FileStore(tmp_path / "tokens")
        assert made.lock_kind == "flock"
        return made


class TestOnceWithLeases(OnceContract):
    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
        """No file system on the test machine ignores ``flock``: the probe is made to say so."""
        monkeypatch.setattr(locks, "_excludes", lambda folder: False)
        made = FileStore(tmp_path / "tokens")
        assert made.lock_kind == "lease"
        return made
