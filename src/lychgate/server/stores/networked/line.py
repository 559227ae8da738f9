"""The line on which the database calls when the change feed has moved (LISTEN). The feed reads without it, too."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from lychgate.kernel.errors import LychgateError

from ..connection import CHANNEL
from .address import connect
from .faults import AWAY


class Line:
    """A connection of its own, made when first waited on, and again when it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._called = asyncio.Event()
        self._connection: Any = None

    async def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or sooner when the database calls."""
        try:
            async with asyncio.timeout(seconds):
                await self._listen()
                await self._called.wait()
        except TimeoutError:
            return
        self._called.clear()

    async def _listen(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        try:
            self._connection = await connect(self._url)
            await self._connection.add_listener(CHANNEL, lambda *_: self._called.set())
        except (*AWAY, LychgateError):
            self._connection = None  # the next wait tries again

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*AWAY):
                await connection.close(timeout=2)
            connection.terminate()
