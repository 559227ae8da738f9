"""The interface of a store: where records are kept, and the lock between those who share it."""

from __future__ import annotations

from typing import Protocol

from lychgate.kernel.record import Record
from lychgate.world.runs import Lock


class Store(Protocol):
    """Keys are texts without any secret in them. ``tests/contracts/client_store_contract.py`` holds the promise.

    ``blocks`` says whether ``load``, ``save`` and ``keys`` may wait for a disk or an agent.
    """

    blocks: bool

    def load(self, key: str) -> Record | None:
        """What is kept under ``key``, whole, or None. Raises ``ConfigError`` where it cannot be read."""
        ...

    def save(self, key: str, record: Record | None) -> None:
        """Keep ``record``, or forget with None. On return it survives a crash (stores that outlive a process).

        A reader sees the old or the new record, never a half. Raises ``ConfigError`` where it cannot be written.
        """
        ...

    def keys(self) -> list[str]:
        """The keys that hold a record."""
        ...

    def lock(self, key: str) -> Lock | None:
        """The lock of ``key`` between processes, None where no other process can share what is kept."""
        ...
