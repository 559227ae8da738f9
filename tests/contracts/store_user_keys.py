"""The store's contract: people's public keys, and what they may choose on a supercomputer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.people.login_model import UserKey
from lychgate.server.stores import Missing, Taken

from .store_made import NOW, at_once, furnish, row, told, user

KEY = UserKey("u1", "SHA256:one", "ED25519", "ssh-ed25519 AAAA", "laptop", NOW)


class UserKeys:
    async def test_a_key_is_kept_seen_and_removed_and_the_feed_hears_of_it(self, store: Any, other: Any) -> None:
        await furnish(store)
        before = await store.last_change()
        await store.add_user_key(KEY, [row("key.add")])
        await other.add_user_key(replace(KEY, fingerprint="SHA256:two", created_at=NOW + 1))
        await store.see_user_key("u1", "SHA256:two", NOW + 5)
        assert [(key.fingerprint, key.used_at) for key in await other.user_keys("u1")] == [
            ("SHA256:one", None),
            ("SHA256:two", NOW + 5),
        ]
        assert (await store.user_keys("u1"))[0] == KEY
        done = await at_once((store, other)[n % 2].remove_user_key("u1", "SHA256:one", [row("gone")]) for n in range(6))
        assert sorted(done) == [False] * 5 + [True]
        assert [key.fingerprint for key in await store.user_keys("u1")] == ["SHA256:two"]
        assert await told(store, before) == [("user", "u1")] * 3
        assert sorted(one.event for one in await store.audit()) == ["gone", "key.add"]

    async def test_one_key_is_had_once_by_each_and_goes_with_its_user(self, store: Any) -> None:
        await furnish(store)
        await store.add_user(user("u2"))
        for id in ("u1", "u2"):
            await store.add_user_key(replace(KEY, user=id))
        with pytest.raises(Taken):
            await store.add_user_key(KEY, [row("key.add")])
        with pytest.raises(Missing):
            await store.add_user_key(replace(KEY, user="nobody"))
        await store.remove_user("u1")
        assert await store.user_keys("u1") == []
        assert len(await store.user_keys("u2")) == 1
        assert await store.audit(event="key.add") == []

    async def test_what_a_user_may_choose_comes_back_in_its_order(self, store: Any) -> None:
        await furnish(store)
        choices = {"uid": ["b", "a"], "group": ["hpc"]}
        before = await store.last_change()
        await store.edit_user("u1", {"choices": choices})
        assert (await store.user("u1")).choices == choices
        assert await told(store, before) == [("user", "u1")]
