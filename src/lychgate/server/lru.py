"""A bounded cache of what the database holds: the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """At most ``size`` values. What is not there is loaded each time: absence is never cached."""

    __slots__ = ("_drops", "_kept", "_load", "_size")

    def __init__(self, size: int, load: Callable[[K], Awaitable[V | None]]) -> None:
        self._size, self._load = size, load
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._drops = 0

    def peek(self, key: K) -> V | None:
        """The value if it is here, without waiting."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    async def get(self, key: K) -> V | None:
        """The value, loaded where it is not here."""
        found = self.peek(key)
        if found is not None:
            return found
        before = self._drops
        loaded = await self._load(key)
        if loaded is not None and before == self._drops:  # else what was read may be older than a change seen meanwhile
            self._kept[key] = loaded
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return loaded

    def drop(self, key: K) -> None:
        self._drops += 1
        self._kept.pop(key, None)

    def clear(self) -> None:
        self._drops += 1
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
