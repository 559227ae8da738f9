"""Records in memory: gone with the process, shared by whoever holds this object."""

from __future__ import annotations

from lychgate.kernel.record import Record


class MemoryStore:
    """A dictionary; nobody outside this process can see it."""

    blocks = False

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def load(self, key: str) -> Record | None:
        return self._records.get(key)

    def save(self, key: str, record: Record | None) -> None:
        if record is None:
            self._records.pop(key, None)
        else:
            self._records[key] = record

    def keys(self) -> list[str]:
        return list(self._records)

    def lock(self, key: str) -> None:
        return None

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._records)} records)"
