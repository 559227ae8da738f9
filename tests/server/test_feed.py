from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.store_made import MAIN, user
from lychgate.server import clock, feed
from lychgate.server.feed import Feed
from lychgate.server.model import Change
from lychgate.server.stores import StoreUnavailable, migrate, open_store
from support.postgres import Postgres, server

pytestmark = pytest.mark.anyio
DAY = 86_400_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    await asyncio.to_thread(migrate, tmp_path / "data")
    return tmp_path / "data"


async def opened(place: Any) -> Any:
    store = open_store(place)
    await store.open()
    await store.ensure_issuer(MAIN)
    return store


class Heard:
    """A subscriber that keeps what it is told; ``trouble`` is raised instead, if set."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.resets = 0
        self.trouble: Exception | None = None

    async def change(self, change: Change) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.ids.append(change.id)

    def reset(self) -> None:
        self.resets += 1


@pytest.fixture
async def stores(data: Path) -> AsyncIterator[tuple[Any, Any]]:
    made = await opened(data), await opened(data)
    yield made
    for store in made:
        await store.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def following(stores: tuple[Any, Any], heard: Heard) -> AsyncIterator[Feed]:
    made = Feed(stores[0], heard.change, heard.reset)
    await made.start()
    yield made
    await made.stop()


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never came"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_what_another_process_changes_is_heard_within_a_second_and_once(
    stores: tuple[Any, Any], heard: Heard, following: Feed
) -> None:
    for n in range(5):
        await stores[1].add_user(user(f"u{n}"))
        assert await until(lambda n=n: f"u{n}" in heard.ids) < 1
    await asyncio.sleep(2 * feed.POLL)
    assert heard.ids == [f"u{n}" for n in range(5)]
    assert heard.resets == following.failures == 0
    assert following.age() < 1


async def test_what_this_process_changes_is_heard_at_once(
    stores: tuple[Any, Any], heard: Heard, following: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "POLL", 30.0)
    await asyncio.sleep(0.3)  # the wait that began with the old interval
    await stores[0].add_user(user())
    assert await until(lambda: heard.ids == ["u1"]) < 1


async def test_what_was_there_before_the_start_is_not_told(stores: tuple[Any, Any], heard: Heard) -> None:
    await stores[1].add_user(user("before"))
    made = Feed(stores[0])
    made.subscribe(heard.change)
    await made.start()
    await stores[1].add_user(user("after"))
    await made.refresh()
    await made.stop()
    assert heard.ids == ["after"]


async def test_refresh_reads_what_was_changed_before_it_was_called(
    stores: tuple[Any, Any], heard: Heard, following: Feed
) -> None:
    for n in range(20):
        await stores[1].add_user(user(f"u{n}"))
        await following.refresh()
        assert heard.ids[-1] == f"u{n}"


async def test_many_who_refresh_at_once_share_a_read(stores: tuple[Any, Any], following: Feed) -> None:
    reads = 0
    original = stores[0].changes

    async def changes(*args: Any) -> Any:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0.02)
        return await original(*args)

    stores[0].changes = changes
    await asyncio.gather(*(following.refresh() for _ in range(100)))
    assert reads <= 3


async def test_a_feed_tidied_past_what_was_read_is_a_reset(stores: tuple[Any, Any], heard: Heard, data: Path) -> None:
    made = Feed(stores[0], heard.change, heard.reset)
    made._seen = await stores[0].last_change()
    for n in range(3):
        await stores[1].add_user(user(f"u{n}"))
    await stores[1].tidy(clock.now() + 2 * DAY)
    await made.refresh()
    assert (heard.ids, heard.resets) == ([], 1)
    await stores[1].add_user(user("later"))
    await made.refresh()
    assert (heard.ids, heard.resets) == (["later"], 1)


async def test_tidying_what_was_read_is_no_reset(stores: tuple[Any, Any], heard: Heard, following: Feed) -> None:
    for n in range(3):
        await stores[1].add_user(user(f"u{n}"))
        await following.refresh()
        await stores[1].tidy(clock.now() + 2 * DAY)
    assert (heard.ids, heard.resets) == (["u0", "u1", "u2"], 0)


async def test_a_subscriber_without_a_database_is_told_again_and_one_with_a_defect_stops_nobody(
    stores: tuple[Any, Any], heard: Heard, following: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    second = Heard()
    following.subscribe(second.change, second.reset)
    heard.trouble = StoreUnavailable("away")
    await stores[1].add_user(user("u1"))
    await until(lambda: following.failures > 1)
    assert (heard.ids, second.ids) == ([], [])
    heard.trouble = None
    await until(lambda: heard.ids == second.ids == ["u1"])
    second.trouble = ZeroDivisionError()
    await stores[1].add_user(user("u2"))
    await until(lambda: heard.ids == ["u1", "u2"])
    assert any("could not take the change" in record.message for record in caplog.records)


@pytest.fixture
def fragile() -> Any:
    with server() as made:
        yield made


async def test_an_outage_is_counted_said_once_and_caught_up_with(
    fragile: Postgres, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "lychgate.server.feed")
    store = await opened(await asyncio.to_thread(fragile.fresh))
    made = Feed(store, heard.change, heard.reset)
    await made.start()
    await store.add_user(user("before"))
    assert await until(lambda: heard.ids == ["before"]) < 1
    await asyncio.to_thread(fragile.stop)
    await until(lambda: made.failures >= 3)
    began = time.monotonic()
    done = await asyncio.gather(*(made.refresh() for _ in range(100)), return_exceptions=True)
    assert {type(one) for one in done} == {StoreUnavailable}
    assert time.monotonic() - began < 2, "they share the failure"
    await until(lambda: made.age() > 1)
    assert len([record for record in caplog.records if "cannot read" in record.message]) == 1
    await asyncio.to_thread(fragile.start)
    other = await opened(store._url)
    await other.add_user(user("after"))
    assert await until(lambda: heard.ids == ["before", "after"]) < 3
    await until(lambda: not made.failing)  # the read that told of it goes on until it finds no more
    assert heard.resets == 0
    assert len([record for record in caplog.records if "again" in record.message]) == 1
    await other.add_user(user("woken"))
    await until(lambda: heard.ids[-1] == "woken")
    await made.stop()
    await other.close()
    await store.close()


async def test_nobody_waits_longer_for_a_database_that_hangs_than_for_one_read(fragile: Postgres, heard: Heard) -> None:
    store = await opened(await asyncio.to_thread(fragile.fresh))
    made = Feed(store, heard.change, heard.reset)
    await made.start()
    await made.refresh()
    fragile.pause()
    try:
        waits = []
        while made.failures < 2:  # they come while one read after the other hangs
            began = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await made.refresh()
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.01)
        assert max(waits) < feed.PATIENCE + 1, "not for the turns of those before them, nor for a read to be given up"
    finally:
        fragile.pause(False)
    await until(lambda: not made.failing)
    await made.stop()
    await store.close()


async def test_a_database_put_back_to_an_earlier_state_is_a_reset(fragile: Postgres, heard: Heard) -> None:
    store = await opened(await asyncio.to_thread(fragile.fresh))
    made = Feed(store, heard.change, heard.reset)
    await made.start()
    for n in range(3):
        await store.add_user(user(f"u{n}"))
    await until(lambda: len(heard.ids) == 3)
    name = store._url.rpartition("/")[2]
    await asyncio.to_thread(fragile.run, "DELETE FROM change WHERE seq > 2", name)
    await asyncio.to_thread(fragile.stop)
    await until(lambda: made.failures > 0)
    await asyncio.to_thread(fragile.start)
    await until(lambda: heard.resets == 1)
    await made.stop()
    await store.close()


async def test_notify_wakes_the_feed_of_another_node(
    fragile: Postgres, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "POLL", 30.0)
    store = await opened(await asyncio.to_thread(fragile.fresh))
    other = await opened(store._url)
    made = Feed(store, heard.change, heard.reset)
    await made.start()
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'"
    while not (await asyncio.to_thread(fragile.run, listening, "postgres"))[0][0]:
        await asyncio.sleep(0.02)
    for n in range(3):
        await other.add_user(user(f"u{n}"))
        assert await until(lambda n=n: f"u{n}" in heard.ids) < 1
    await made.stop()
    for one in (store, other):
        await one.close()


async def test_a_start_without_a_database_says_so(data: Path) -> None:
    store = open_store(data)
    with pytest.raises(StoreUnavailable):
        await Feed(store).start()
