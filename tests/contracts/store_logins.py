"""The store's contract: families (a login is one row) and single tokens. Rows 9, 10, 15 and 21 of the attacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.stores import Taken

from .store_made import NOW, ROBOT, at_once, client, family, furnish, row, told, user

GRACE = 30_000
DAY = 86_400_000


class Logins:
    async def test_a_login_comes_back_as_it_was_added_and_is_listed(self, store: Any) -> None:
        await furnish(store)
        whole = family("f2", bound="thumb", facade="x", auth_time=NOW, created_at=NOW + 1, seq=4)
        await store.add_family(whole, [row("login", family="f2")])
        assert await store.family("f2") == whole
        assert await store.family("f3") is None
        assert await store.families(user="u1") == [family(), whole] == await store.families(client=ROBOT)
        assert await store.families(user="u1", client=("main", "other")) == await store.families(user="u2") == []
        assert await store.families(user="u1", client=ROBOT) == [family(), whole]
        assert [found.family for found in await store.audit()] == ["f2"]
        with pytest.raises(Taken):
            await store.add_family(whole)
        with pytest.raises(ValueError, match="whose"):
            await store.families()

    async def test_a_number_is_taken_once_and_makes_way_for_the_next(self, store: Any) -> None:
        await furnish(store)
        for seq in range(3):
            at = NOW + 1000 * seq
            rotated = await store.rotate("f1", seq, ROBOT, at, GRACE, audit=[row("token", family="f1")])
            assert rotated.outcome == "rotated"
            assert rotated.family == family(seq=seq + 1, rotated_at=at) == await store.family("f1")
        assert len(await store.audit()) == 3

    async def test_of_50_who_take_one_number_at_once_one_rotates_and_all_get_one_successor(
        self, store: Any, other: Any
    ) -> None:
        await furnish(store)
        done = await at_once(
            (store, other)[n % 2].rotate("f1", 0, ROBOT, NOW + n, GRACE, audit=[row()]) for n in range(50)
        )
        assert sorted(one.outcome for one in done) == ["repeated"] * 49 + ["rotated"]
        assert {one.family.seq for one in done} == {1}
        assert len(await store.audit()) == 1

    async def test_the_number_just_before_gets_the_same_successor_within_the_grace_window(self, store: Any) -> None:
        await furnish(store)
        await store.rotate("f1", 0, ROBOT, NOW, GRACE)
        for at in (NOW, NOW - 50, NOW + GRACE):
            again = await store.rotate("f1", 0, ROBOT, at, GRACE, audit=[row()])
            assert (again.outcome, again.family) == ("repeated", family(seq=1, rotated_at=NOW))
        assert await store.audit() == []

    @pytest.mark.parametrize(("rotations", "seq", "late"), [(1, 0, GRACE + 1), (2, 0, 0), (5, 2, 0)])
    async def test_an_older_number_ends_the_login(self, store: Any, rotations: int, seq: int, late: int) -> None:
        await furnish(store)
        for n in range(rotations):
            await store.rotate("f1", n, ROBOT, NOW, GRACE)
        before = await store.last_change()
        at = NOW + late
        reused = await store.rotate("f1", seq, ROBOT, at, GRACE)
        assert reused.outcome == "reused"
        assert reused.family.revoked_at == at == (await store.family("f1")).revoked_at
        assert await told(store, before) == [("family", "f1")]
        for n in range(rotations + 1):
            assert (await store.rotate("f1", n, ROBOT, at, GRACE)).outcome == "gone"

    async def test_a_replay_by_many_ends_the_login_and_is_told_once(self, store: Any, other: Any) -> None:
        await furnish(store)
        for n in range(3):
            await store.rotate("f1", n, ROBOT, NOW, GRACE)
        before = await store.last_change()
        done = await at_once((store, other)[n % 2].rotate("f1", 0, ROBOT, NOW, GRACE) for n in range(20))
        assert sorted(one.outcome for one in done) == ["gone"] * 19 + ["reused"]
        assert await told(store, before) == [("family", "f1")]

    @pytest.mark.parametrize("seq", [0, 1, 2])
    async def test_a_wrong_client_gets_nothing_and_ends_nothing(self, store: Any, seq: int) -> None:
        await furnish(store)
        await store.add_client(client("thief"))
        for n in range(2):
            await store.rotate("f1", n, ROBOT, NOW, GRACE)
        before = await store.family("f1")
        for thief in (("main", "thief"), ("r1", "robot"), ("", "")):
            refused = await store.rotate("f1", seq, thief, NOW, GRACE, audit=[row()])
            assert refused.outcome == "gone"
        assert await store.family("f1") == before
        assert (await store.rotate("f1", 2, ROBOT, NOW, GRACE)).outcome == "rotated"
        assert await store.audit() == []

    async def test_a_bound_login_needs_its_key_and_a_wrong_key_ends_nothing(self, store: Any) -> None:
        await furnish(store)
        await store.add_family(family("f2", bound="thumb"))
        for wrong in (None, "other", ""):
            assert (await store.rotate("f2", 0, ROBOT, NOW, GRACE, bound=wrong)).outcome == "gone"
        assert (await store.rotate("f2", 0, ROBOT, NOW, GRACE, bound="thumb")).outcome == "rotated"
        assert (await store.rotate("f2", 0, ROBOT, NOW, GRACE, bound="other")).outcome == "gone"
        assert (await store.rotate("f2", 0, ROBOT, NOW, GRACE, bound="thumb")).outcome == "repeated"
        assert (await store.rotate("f1", 0, ROBOT, NOW, GRACE, bound="any")).outcome == "rotated"

    @pytest.mark.parametrize(
        "over",
        [
            {"expires_at": NOW + 1000},
            {"idle": 1},
            {"revoked_at": NOW},
        ],
    )
    async def test_a_login_that_is_over_gives_nothing_even_within_the_grace_window(self, store: Any, over: Any) -> None:
        await furnish(store)
        await store.add_family(family("f2", seq=1, **over))
        at = NOW + 1000
        for seq in (0, 1):
            assert (await store.rotate("f2", seq, ROBOT, at, GRACE)).outcome == "gone"
        assert (await store.family("f2")).seq == 1
        if "revoked_at" not in over:
            assert (await store.rotate("f2", 1, ROBOT, at - 1, GRACE)).outcome == "rotated"

    async def test_a_number_that_was_never_given_out_and_an_unknown_login_are_gone(self, store: Any) -> None:
        await furnish(store)
        for seq in (1, 5, 10**15):
            refused = await store.rotate("f1", seq, ROBOT, NOW, GRACE)
            assert (refused.outcome, refused.family) == ("gone", family())
        unknown = await store.rotate("nothing", 0, ROBOT, NOW, GRACE)
        assert (unknown.outcome, unknown.family) == ("gone", None)
        assert (await store.family("f1")).revoked_at is None

    async def test_a_login_is_revoked_once_and_told(self, store: Any) -> None:
        await furnish(store)
        await store.add_family(family("f2"))
        before = await store.last_change()
        done = await at_once(store.revoke_family("f1", NOW + 5, [row("revoked")]) for _ in range(10))
        assert sorted(done) == [False] * 9 + [True]
        assert await store.revoke_family("nothing", NOW) is False
        assert await told(store, before) == [("family", "f1")]
        assert await store.revoked_families(NOW) == [("f1", NOW + 5)]
        assert await store.revoked_families(NOW + 6) == []
        assert (await store.rotate("f1", 0, ROBOT, NOW, GRACE)).outcome == "gone"
        assert len(await store.audit()) == 1

    async def test_logins_go_a_week_after_their_end(self, store: Any) -> None:
        await furnish(store)
        ends = {
            "by time": family("by time", expires_at=NOW),
            "revoked": family("revoked", revoked_at=NOW),
            "idle": family("idle", idle=0),
            "alive": family("alive", idle=8 * 86400, expires_at=NOW + 8 * DAY),
        }
        for one in ends.values():
            await store.add_family(one)
        await store.tidy(NOW + 7 * DAY - 1)
        assert len(await store.families(user="u1")) == 5
        await store.tidy(NOW + 7 * DAY)
        assert sorted(one.id for one in await store.families(user="u1")) == ["alive", "f1"]

    async def test_a_jti_is_spent_once_by_each_client_of_each_issuer(self, store: Any, other: Any) -> None:
        for who in (("main", "a"), ("main", "b"), ("r1", "a")):
            done = await at_once((store, other)[n % 2].spend_jti(*who, "jti", NOW) for n in range(50))
            assert sorted(done) == [False] * 49 + [True]
        assert await store.spend_jti("main", "a", "another", NOW)

    async def test_a_jti_may_be_long_and_is_told_apart_to_its_last_letter(self, store: Any) -> None:
        long = "x" * 100_000
        assert await store.spend_jti("main", "a", long + "1", NOW)
        assert await store.spend_jti("main", "a", long + "2", NOW)
        assert not await store.spend_jti("main", "a", long + "2", NOW)

    async def test_more_expired_jti_than_one_portion_are_tidied_and_no_other(self, store: Any) -> None:
        await at_once(store.spend_jti("main", "a", f"{n}", NOW) for n in range(1100))
        assert await store.spend_jti("main", "a", "later", NOW + 1)
        await store.tidy(NOW)
        assert await store.spend_jti("main", "a", "7", NOW)
        assert not await store.spend_jti("main", "a", "later", NOW + 1)

    async def test_a_token_is_revoked_once_told_and_forgotten_when_it_has_expired(self, store: Any) -> None:
        before = await store.last_change()
        for _ in range(3):
            await store.revoke_token("j1", NOW + 5, [row("revoked", jti="j1")])
        await store.revoke_token("j2", NOW)
        assert await told(store, before) == [("jti", "j1"), ("jti", "j2")]
        assert await store.revoked_tokens(NOW) == [("j1", NOW + 5)]
        assert len(await store.audit()) == 3
        await store.tidy(NOW)
        assert sorted(await store.revoked_tokens(0)) == [("j1", NOW + 5)]

    async def test_refreshes_leave_nothing_behind(self, store: Any) -> None:
        await furnish(store)
        await store.add_user(user("u2"))
        before = await store.last_change()
        for n in range(100):
            await store.rotate("f1", n, ROBOT, NOW, GRACE)
        assert await store.families(user="u1") == [replace(family(), seq=100)]
        assert await store.last_change() == before
