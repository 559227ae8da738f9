"""Passwords: Argon2id (RFC 9106) in a pool of two threads, so that a login never slows a token request."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from lychgate.kernel.errors import TransientError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

R = TypeVar("R")

MEMORY = 19 * 1024  # KiB
ROUNDS = 2
LANES = 1
POOL = 2
WAITING = 256  # logins that may wait for the pool; further ones are told to come back
LONGEST = 4096  # bytes of a password that is looked at; a longer one is wrong


class Passwords:
    """Hashes and verifies. The same work is done for a user that does not exist."""

    def __init__(self, rounds: int = ROUNDS, memory: int = MEMORY) -> None:
        self._rounds, self._memory = rounds, memory
        self._pool = ThreadPoolExecutor(POOL, thread_name_prefix="password")
        self._waiting = 0
        self._made: PasswordHasher | None = None
        self._dummy = ""
        self._turns = asyncio.Semaphore(POOL)

    async def hash(self, password: str) -> str:
        """The text to keep for ``password``, parameters and salt in it."""
        return await self._run(self._hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one ``kept``; None (no such user, no password) does the work and is False."""
        return await self._run(self._verify, kept, password)

    def outdated(self, kept: str) -> bool:
        """Whether ``kept`` was made with other parameters than today's."""
        return self._hasher().check_needs_rehash(kept)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn at the pool. Raises ``TransientError`` where too many wait already."""
        if self._waiting >= WAITING:
            raise TransientError("too many logins at once; try again in a moment", retry_after=1)
        self._waiting += 1
        try:
            async with self._turns:
                yield
        finally:
            self._waiting -= 1

    async def _run(self, function: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def _hash(self, password: str) -> str:
        return self._hasher().hash(password.encode("utf-8", "surrogatepass"))

    def _verify(self, kept: str | None, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        given = password.encode("utf-8", "surrogatepass")
        try:
            right = self._hasher().verify(kept or self._dummy, given[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return right and kept is not None and len(given) <= LONGEST

    def _hasher(self) -> PasswordHasher:
        if self._made is None:
            from argon2 import PasswordHasher

            self._made = PasswordHasher(time_cost=self._rounds, memory_cost=self._memory, parallelism=LANES)
            self._dummy = _nobodys(self._rounds, self._memory)
        return self._made

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _nobodys(rounds: int, memory: int) -> str:
    """A hash that no password has (random bytes stand where the result would), as dear to verify as any other."""
    salt, result = (base64.b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19$m={memory},t={rounds},p={LANES}${salt}${result}"
