"""The store's contract: the first administrator (row 46 of the attacks), and a passkey that does not count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.people.login_model import Factor
from lychgate.server.stores import Taken

from .store_made import NOW, at_once, furnish, row, user


def boss(n: int = 0) -> Any:
    return replace(user(), id=f"boss{n}", email=f"boss{n}@example.org", name=f"boss{n}", superuser=True)


class Proofs:
    async def test_of_20_who_would_be_the_first_administrator_one_is(self, store: Any, other: Any) -> None:
        assert not await store.has_administrator()
        done = await at_once((store, other)[n % 2].add_first_administrator(boss(n), [row("set-up")]) for n in range(20))
        assert sorted(done) == [False] * 19 + [True]
        assert [one.superuser for one in await store.users()] == [True]
        assert len(await store.audit(event="set-up")) == 1
        assert await store.has_administrator()

    async def test_a_first_administrator_whose_name_is_taken_leaves_nothing_behind(self, store: Any) -> None:
        await store.add_user(user(email="boss0@example.org"))
        with pytest.raises(Taken):
            await store.add_first_administrator(boss())
        assert not await store.has_administrator()
        assert await store.add_first_administrator(boss(1))

    async def test_a_factor_that_does_not_count_is_seen(self, store: Any) -> None:
        await furnish(store)
        await store.add_factor(Factor("x1", "u1", "passkey", "Phone", b"h" * 32, b"sealed", created_at=NOW))
        await store.see_factor("x1", NOW + 5)
        assert [(one.counter, one.used_at) for one in await store.factors("u1")] == [(0, NOW + 5)]
