"""The audit log's write-behind buffer: for grants that write nothing else.

Bounded, with one batch in flight; drained when the server stops. kill -9 may lose what is buffered; the next start then
leaves a row "gap", as a full buffer does while the database is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from .model import AuditRow
from .stores.store import Store

SIZE = 20_000  # rows in memory at most
BATCH = 500  # rows in one transaction
LINGER = 0.02  # seconds between two batches: fewer, larger transactions, and nobody waits for them
RETRY = 1.0  # seconds before a failed batch is tried again
TOUCH = 60_000  # ms between two notes of a client's last use

log = logging.getLogger("lychgate.server.audit")


class Audit:
    """Rows that are written soon."""

    def __init__(self, store: Store, clock: Callable[[], int], issuer: str) -> None:
        self._store, self._clock, self._issuer = store, clock, issuer
        self._rows: list[AuditRow] = []
        self._used: dict[tuple[str, str], int] = {}
        self._noted: dict[tuple[str, str], int] = {}
        self._lost = 0
        self._wake, self._stopping = asyncio.Event(), False
        self._task: asyncio.Task[None] | None = None

    def note(self, row: AuditRow) -> None:
        """Write this row soon; where the buffer is full, count it as lost."""
        if len(self._rows) >= SIZE:
            self._lost += 1
            return
        self._rows.append(row)
        self._wake.set()

    def used(self, issuer: str, client: str, now: int) -> None:
        """Note that a client was used at ``now`` (ms), at most once a minute."""
        key = issuer, client
        if now - self._noted.get(key, 0) >= TOUCH:
            if len(self._noted) > SIZE:
                self._noted.clear()
            self._noted[key] = self._used[key] = now
            self._wake.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is buffered, within five seconds."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=5)
            self._task.cancel()
        if self._rows or self._lost:
            log.error("%d audit rows could not be written before the stop", len(self._rows) + self._lost)

    async def _run(self) -> None:
        while not self._stopping or self._rows or self._used or self._lost:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._write()
            except Exception as error:  # whatever it was: the buffer keeps the rows for the next try
                log.warning("%d audit rows wait for the database (%s)", len(self._rows), type(error).__name__)
                await asyncio.sleep(RETRY)
            if self._rows or self._stopping:
                self._wake.set()
            await asyncio.sleep(LINGER)

    async def _write(self) -> None:
        """One batch; the rows leave the buffer only once they are written."""
        rows = self._rows[:BATCH]
        lost, used = self._lost, dict(self._used)
        if lost:
            rows.append(AuditRow(self._clock(), self._issuer, "gap", detail={"lost": lost}))
        if rows:
            await self._store.write_audit(rows)
            del self._rows[: len(rows) - bool(lost)]
            self._lost -= lost
        if used:
            await self._store.touch_clients(used)
            self._used = {key: at for key, at in self._used.items() if used.get(key) != at}

    def waiting(self) -> int:
        return len(self._rows)
