"""The store's contract: signing keys, the change feed, the audit log."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from lychgate.server import clock
from lychgate.server.stores import Taken

from .store_made import NOW, REALM, at_once, client, key, row, told, user

HOUR = 3_600_000
DAY = 24 * HOUR


class Records:
    async def test_the_database_answers(self, store: Any) -> None:
        await store.ping()

    async def test_a_key_comes_back_as_it_was_added(self, store: Any) -> None:
        await store.ensure_issuer(REALM)
        before = await store.last_change()
        made = [key("k1", signs_until=NOW + 5, removed_at=NOW + 9), key("k2", issuer="r1", signs_from=NOW + 1)]
        for one in made:
            await store.add_key(one, [row("key-added")])
        assert await store.keys() == made
        assert await store.keys("r1") == made[1:]
        assert await told(store, before) == [("key", "main"), ("key", "r1")]
        with pytest.raises(Taken):
            await store.add_key(made[0])

    async def test_a_new_key_takes_over_from_those_of_its_issuer_and_algorithm(self, store: Any) -> None:
        await store.ensure_issuer(REALM)
        others = [key("rs", alg="RS256"), key("realm", issuer="r1"), key("ended", signs_until=NOW - 1, removed_at=NOW)]
        for one in [key("old"), *others]:
            await store.add_key(one)
        before = await store.last_change()
        new = key("new", published_at=NOW + 1, signs_from=NOW + HOUR)
        await store.rotate_key(new, 2 * HOUR, [row("key-rotated")])
        kept = {one.kid: one for one in await store.keys()}
        assert kept["old"] == replace(key("old"), signs_until=NOW + HOUR, removed_at=NOW + 3 * HOUR)
        assert kept["new"] == new
        assert [kept[one.kid] for one in others] == others
        assert await told(store, before) == [("key", "main")]

    async def test_the_feed_gives_each_change_once_in_order(self, store: Any, other: Any) -> None:
        before = await store.last_change()
        seen: list[Any] = []
        writing = asyncio.ensure_future(
            at_once((store, other)[n % 2].add_user(user(f"u{n}", email=f"{n}", name=f"{n}")) for n in range(200))
        )
        at = before
        deadline = time.monotonic() + 30
        while len(seen) < 200 and time.monotonic() < deadline:
            rows = await other.changes(at, 7)
            seen += rows
            at = rows[-1].seq if rows else at
            await asyncio.sleep(0)
        assert {type(one).__name__ for one in await writing} == {"User"}
        assert sorted(change.id for change in seen) == sorted(f"u{n}" for n in range(200))
        assert [change.seq for change in seen] == sorted({change.seq for change in seen})
        assert await store.last_change() == seen[-1].seq

    async def test_whoever_waits_is_woken_by_a_change_and_not_by_anything_else(self, store: Any) -> None:
        await store.wait_for_change(0.3)  # the first wait may have to get ready
        began = time.monotonic()
        waiting = asyncio.ensure_future(store.wait_for_change(10))
        await asyncio.sleep(0.2)
        await store.write_audit([row()])
        await store.spend_jti("main", "a", "b", NOW)
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await store.add_user(user())
        await waiting
        assert time.monotonic() - began < 5
        began = time.monotonic()
        await store.wait_for_change(0.3)
        assert time.monotonic() - began >= 0.25

    async def test_the_feed_is_tidied_after_a_day_but_never_its_last_row(self, store: Any) -> None:
        for n in range(5):
            await store.add_user(user(f"u{n}"))
        last = await store.last_change()
        now = clock.now()
        await store.tidy(now + DAY - HOUR)
        assert await store.first_change() < last
        await store.tidy(now + DAY + HOUR)
        assert await store.first_change() == last == await store.last_change()
        await store.add_user(user("u9"))
        assert await store.last_change() > last, "a number is never given out twice"

    async def test_tidying_what_is_empty_is_no_error(self, store: Any) -> None:
        for _ in range(2):
            await store.tidy(clock.now() + 400 * DAY)
        assert await store.changes(0) == await store.changes(await store.last_change() - 1)

    async def test_audit_rows_come_back_as_they_were_written(self, store: Any) -> None:
        whole = row(
            "token", outcome="invalid_grant", client="c", user="u", grant="password", jti="j", family="f",
            address="::1", request_id="r", detail={"scope": ["a"], "é": "\0 and \ud800"},
        )  # fmt: skip
        await store.write_audit([whole])
        found = await store.audit()
        assert [replace(one, id=0) for one in found] == [whole]
        await store.write_audit([])
        assert len(await store.audit()) == 1

    async def test_the_newest_audit_rows_are_shown_oldest_first_and_can_be_followed(self, store: Any) -> None:
        await store.write_audit([row(f"e{n}") for n in range(10)])
        newest = await store.audit(limit=3)
        assert [one.event for one in newest] == ["e7", "e8", "e9"]
        await store.write_audit([row("later")])
        assert [one.event for one in await store.audit(after=newest[-1].id)] == ["later"]
        assert [one.event for one in await store.audit(after=newest[0].id, limit=2)] == ["e8", "e9"]
        assert await store.audit(after=10**30) == []

    async def test_audit_rows_are_found_by_time_client_user_and_event(self, store: Any) -> None:
        rows = [row("a", client="c1"), row("b", client="c1", user="u1"), row("a", user="u1"), row("a", client="c2")]
        await store.write_audit([replace(one, at=NOW + n) for n, one in enumerate(rows)])

        async def found(**filters: Any) -> list[int]:
            return [one.at - NOW for one in await store.audit(**filters)]

        assert await found(client="c1") == [0, 1]
        assert await found(user="u1") == [1, 2]
        assert await found(event="a", since=NOW + 1) == [2, 3]
        assert await found(client="c1", user="u1", event="b", since=NOW) == [1]
        assert await found(client="c1", event="none") == []

    async def test_tidying_keeps_the_audit_log(self, store: Any) -> None:
        await store.write_audit([row()])
        await store.tidy(NOW + 4000 * DAY)
        assert len(await store.audit()) == 1

    async def test_writes_given_up_before_their_turn_change_nothing_and_others_go_on(self, store: Any) -> None:
        tasks = [asyncio.ensure_future(store.add_client(client(f"c{n:03}"))) for n in range(100)]
        await asyncio.sleep(0)
        for task in tasks[50:]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [one for one in done[:50] if isinstance(one, BaseException)]
        kept = {one.id for one in await store.clients("main", limit=1000)}
        assert {f"c{n:03}" for n in range(50)} <= kept
        await store.add_client(client("after"))
