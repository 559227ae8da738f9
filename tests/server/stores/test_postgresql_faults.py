from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from contracts.store_made import MAIN, NOW, ROBOT, family, furnish, row, user
from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.server.stores import StoreUnavailable, migrate, open_store, postgresql, shown
from lychgate.server.stores.networked import address
from lychgate.server.stores.texts import load
from support.postgres import PASSWORD, QUOTED, Postgres

pytestmark = pytest.mark.anyio


async def opened(url: str) -> Any:
    store = open_store(url)
    await store.open()
    return store


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.fresh()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Any]:
    made = await opened(url)
    await made.ensure_issuer(MAIN)
    await furnish(made)
    yield made
    await made.close()


async def elsewhere(store: Any, sql: str) -> Any:
    """Run a statement on a connection of its own."""
    connection = await asyncpg.connect(store._url)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lychgate' AND {}"


async def test_a_database_that_is_away_is_unavailable_at_once_and_nothing_is_consumed(
    fragile_postgres: Postgres,
) -> None:
    store = await opened(await asyncio.to_thread(fragile_postgres.fresh))
    await store.ensure_issuer(MAIN)
    await furnish(store)
    for how in (signal.SIGINT, signal.SIGQUIT):
        seq = (await store.family("f1")).seq
        await asyncio.to_thread(fragile_postgres.stop, how)
        began = time.monotonic()
        calls = [
            store.ping(),
            store.rotate("f1", seq, ROBOT, NOW, 30_000),
            store.spend_jti("main", "robot", "jti", NOW),
            store.user("u1"),
            store.users(),
            store.login_failed("ada", NOW),
            store.tidy(NOW),
        ]
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one) for one in done] == [StoreUnavailable] * len(calls)
        assert not [one for one in done if "pa:ss" in str(one) or "pa%3A" in str(one)]
        assert time.monotonic() - began < 5
        await asyncio.to_thread(fragile_postgres.start)
        assert (await store.rotate("f1", seq, ROBOT, NOW, 30_000)).outcome == "rotated"
        assert await store.spend_jti("main", "robot", f"jti {seq}", NOW)
    await store.close()


async def test_writes_that_were_answered_outlive_a_crash_of_the_database(fragile_postgres: Postgres) -> None:
    store = await opened(await asyncio.to_thread(fragile_postgres.fresh))
    answered: list[str] = []

    async def write(part: int) -> None:
        for n in range(10_000):
            made = await store.add_user(user(f"{part}-{n}"))
            answered.append(made.id)

    writing = asyncio.gather(*(write(part) for part in range(8)), return_exceptions=True)
    while len(answered) < 100:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(fragile_postgres.stop, signal.SIGQUIT)
    assert {type(one) for one in await writing} == {StoreUnavailable}
    await asyncio.to_thread(fragile_postgres.start)
    assert set(answered) <= {one.id for one in await store.users(limit=100_000)}
    await store.close()


async def test_a_database_that_stands_still_is_unavailable_in_bounded_time(
    fragile_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "COMMAND", 0.5)
    monkeypatch.setattr(postgresql, "_PATIENCE", 1.0)
    store = await opened(await asyncio.to_thread(fragile_postgres.fresh))
    await store.ensure_issuer(MAIN)
    await furnish(store)
    fragile_postgres.pause()
    try:
        began = time.monotonic()
        done = await asyncio.gather(
            *(store.rotate("f1", 0, ROBOT, NOW, 30_000) for _ in range(20)), return_exceptions=True
        )
        assert time.monotonic() - began < 8
        assert {type(one) for one in done} == {StoreUnavailable}
    finally:
        fragile_postgres.pause(False)
    assert (await store.rotate("f1", 0, ROBOT, NOW, 30_000)).outcome in ("rotated", "repeated")
    assert (await store.family("f1")).seq == 1
    await store.close()


async def test_connections_that_died_in_the_pool_are_replaced_unnoticed(store: Any) -> None:
    await asyncio.gather(*(store.user("u1") for _ in range(40)))
    for n in range(5):
        killed = await elsewhere(store, TERMINATE.format("state = 'idle'"))
        assert killed
        done = await asyncio.gather(*(store.rotate("f1", n, ROBOT, NOW, 30_000) for _ in range(20)))
        assert sorted({one.outcome for one in done}) == ["repeated", "rotated"]
    assert (await store.family("f1")).seq == 5


async def test_a_connection_that_dies_in_the_middle_of_a_write_has_changed_nothing_and_it_is_done_anew(
    store: Any,
) -> None:
    blocker = await asyncpg.connect(store._url)
    transaction = blocker.transaction()
    await transaction.start()
    await blocker.execute("SELECT 1 FROM family WHERE id = 'f1' FOR UPDATE")
    rotating = asyncio.ensure_future(store.rotate("f1", 0, ROBOT, NOW, 30_000, audit=[row()]))
    while not await elsewhere(store, TERMINATE.format("wait_event_type = 'Lock'")):
        await asyncio.sleep(0.02)
    await transaction.rollback()
    await blocker.close()
    assert (await rotating).outcome == "rotated"
    assert await store.family("f1") == family(seq=1, rotated_at=NOW)
    assert len(await store.audit()) == 1


async def test_two_writes_that_wait_for_each_other_are_both_carried_out(store: Any) -> None:
    await store.add_user(user("u2"))
    first = True

    async def crosswise(db: Any, one: str, then: str) -> None:
        nonlocal first
        await db.one("user to edit", id=one)
        if first:
            await asyncio.sleep(0.3)  # so that each holds what the other wants, the first time
        await db.one("user to edit", id=then)
        first = False

    await asyncio.gather(
        store._write(lambda db: crosswise(db, "u1", "u2")), store._write(lambda db: crosswise(db, "u2", "u1"))
    )


async def test_a_late_commit_is_never_skipped_by_the_feed(store: Any) -> None:
    tell = load("postgresql")["tell"][0]
    before = await store.last_change()
    late = await asyncpg.connect(store._url)
    transaction = late.transaction()
    await transaction.start()
    await late.execute(tell, NOW, "user", "late")
    later = asyncio.ensure_future(store.add_user(user("later")))
    await asyncio.sleep(0.3)
    assert not later.done(), "it waits for its number until the one before is committed"
    assert await store.changes(before) == []
    await transaction.commit()
    await late.close()
    await later
    assert [change.id for change in await store.changes(before)] == ["late", "later"]


async def test_a_number_that_was_rolled_back_is_left_out(store: Any) -> None:
    before = await store.last_change()
    for n in range(3):
        with pytest.raises(LychgateError):
            await store.add_key(_key_of_no_issuer())
        await store.add_user(user(f"n{n}"))
    assert [change.id for change in await store.changes(before)] == ["n0", "n1", "n2"]


def _key_of_no_issuer() -> Any:
    from contracts.store_made import key

    return key(issuer="no such")


async def test_a_server_with_no_connection_left_is_unavailable(fragile_postgres: Postgres) -> None:
    url = await asyncio.to_thread(fragile_postgres.fresh)
    held: list[Any] = []

    async def exhaust() -> None:
        while True:
            connection = await asyncpg.connect(url)
            held.append(connection)

    with pytest.raises(asyncpg.TooManyConnectionsError):
        await exhaust()
    with pytest.raises(StoreUnavailable, match="too many clients"):
        await opened(url)
    for connection in held:
        await connection.close()
    await (await opened(url)).close()


async def test_the_password_is_in_no_error_no_repr_and_no_log(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = postgres.url("postgres", password="s3cr%2Fet-word")
    places = [
        wrong,
        wrong.replace("postgresql:", "postgres:"),
        wrong.replace(str(postgres.port), "1"),
        wrong.replace(str(postgres.port), "notaport"),
        wrong + "?sslmode=s3cr%2Fet-word",
        postgres.url("no_such_database").replace(QUOTED, QUOTED),
        "postgresql://u:s3cr%2Fet-word@[::1",
        "mysql://u:s3cr%2Fet-word@localhost/x",
        "sqlite://u:s3cr%2Fet-word@/x",
    ]
    for place in places:
        texts = []
        for attempt in (migrate, open_store, shown):
            try:
                made: Any = await asyncio.to_thread(attempt, place)
                texts.append(repr(made))
                if attempt is open_store:
                    await made.open()
            except (ConfigError, StoreUnavailable) as error:
                texts += [str(error), repr(error), repr(error.__cause__)]
        texts += [record.getMessage() for record in caplog.records]
        for word in ("s3cr%2Fet-word", "s3cr/et-word", PASSWORD, QUOTED):
            assert not [text for text in texts if word in text], place


async def test_an_old_server_and_a_database_without_tables_are_refused(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await asyncio.to_thread(postgres.empty)
    with pytest.raises(ConfigError, match="is empty"):
        await opened(url)
    monkeypatch.setattr(address, "OLDEST", 99)
    with pytest.raises(ConfigError, match="99 or newer is needed"):
        await opened(url)


async def test_a_store_that_was_closed_says_so(store: Any) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.ping()
    await store.close()
