"""The bounded cache: nothing old survives a change, however the reads fall."""

from __future__ import annotations

import asyncio

from lychgate.server.lru import Cache


class Table:
    """A slow table: a read gives the value of its beginning when ``go`` is set."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.reads = 0
        self.go = asyncio.Event()
        self.go.set()

    async def load(self, key: str) -> int | None:
        self.reads += 1
        found = self.rows.get(key)
        await self.go.wait()
        return found


def test_a_value_is_loaded_once_and_absence_is_never_remembered() -> None:
    async def story() -> None:
        table = Table()
        cache: Cache[str, int] = Cache(10, table.load)
        assert await cache.get("a") is None
        table.rows["a"] = 1
        assert [await cache.get("a"), await cache.get("a"), cache.peek("a")] == [1, 1, 1]
        assert table.reads == 2

    asyncio.run(story())


def test_a_read_that_began_before_a_change_is_not_remembered() -> None:
    async def story() -> None:
        table = Table()
        table.rows["a"] = 1
        cache: Cache[str, int] = Cache(10, table.load)
        table.go.clear()
        reading = asyncio.create_task(cache.get("a"))
        await asyncio.sleep(0)
        table.rows["a"] = 2
        cache.drop("a")
        table.go.set()
        assert await reading == 1
        assert cache.peek("a") is None
        assert await cache.get("a") == 2

    asyncio.run(story())


def test_the_least_recently_used_goes_first() -> None:
    async def story() -> None:
        table = Table()
        table.rows = {name: number for number, name in enumerate("abcd", 1)}
        cache: Cache[str, int] = Cache(3, table.load)
        for name in "abcad":
            await cache.get(name)
        assert [cache.peek(name) for name in "abcd"] == [1, None, 3, 4]
        assert len(cache) == 3

    asyncio.run(story())
