"""The store's contract: settings, issuers, users and failed logins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server import policy
from lychgate.server.model import Slowed
from lychgate.server.secrets import fold
from lychgate.server.stores import Missing, Taken

from .store_made import MAIN, NOW, REALM, at_once, client, family, furnish, row, told, user

WRONG = 'x" OR 1=1; DROP TABLE users; --', "\0", "a\0b", "\ud800", "%", "_", "é" * 5000, ""


class People:
    async def test_a_setting_is_kept_unless_there_is_one_already(self, store: Any) -> None:
        assert await store.setting("check") is None
        assert await store.put_setting("check", b"\x00one") == b"\x00one"
        assert await store.put_setting("check", b"two") == b"\x00one"
        assert await store.setting("check") == b"\x00one"

    async def test_of_50_who_set_the_same_setting_all_are_told_the_one_that_is_kept(self, store: Any) -> None:
        kept = await at_once(store.put_setting("check", b"%d" % n) for n in range(50))
        assert len(set(kept)) == 1

    async def test_an_issuer_is_made_once_and_its_address_brought_up_to_date(self, store: Any) -> None:
        assert await store.ensure_issuer(REALM) == REALM
        before = await store.last_change()
        moved = await store.ensure_issuer(replace(MAIN, url="https://new.example.org", settings={}))
        assert moved == replace(MAIN, url="https://new.example.org")
        assert await store.issuers() == [moved, REALM]
        assert await told(store, before) == [("issuer", "main")]
        await store.ensure_issuer(moved)
        assert await told(store, before) == [("issuer", "main")], "nothing changed, so nothing is told"

    async def test_an_address_belongs_to_one_issuer(self, store: Any) -> None:
        with pytest.raises(Taken) as new:
            await store.ensure_issuer(replace(REALM, url=MAIN.url))
        await store.ensure_issuer(REALM)
        with pytest.raises(Taken) as moved:
            await store.ensure_issuer(replace(REALM, url=MAIN.url))
        assert (new.value.field, moved.value.field) == ("url", "url")

    async def test_a_user_comes_back_as_they_were_added(self, store: Any) -> None:
        ada = user(name="Ada", active=False, superuser=True, verified=True, roles=("b", "a"), groups=("g",))
        ada = replace(ada, not_before=NOW, created_at=NOW + 1, password_hash=None, claims={"locale": "en"})
        assert await store.add_user(ada, [row("user-added", user="u1")]) == ada
        assert await store.user("u1") == ada
        assert await store.user("u2") is None
        assert [found.event for found in await store.audit(user="u1")] == ["user-added"]

    async def test_a_user_logs_in_by_address_or_name_in_any_case_and_width(self, store: Any) -> None:
        ada = await store.add_user(user(email="Ada@Example.ORG", name="Straße"))
        for typed in ("ADA@example.org", "strasse", "STRASSE", " ａｄａ@example.org "):
            assert await store.user_by_login(fold(typed)) == ada
        assert await store.user_by_login("u1") is None

    @pytest.mark.parametrize(("email", "name", "field"), [
        ("A@B.C", "new", "email"),
        ("new@b.c", "a@b.c", "name"),
        ("new@b.c", "ADA", "name"),
        ("ada", "new", "email"),
    ])  # fmt: skip
    async def test_a_login_name_is_unique_across_addresses_and_names(
        self, store: Any, email: str, name: str, field: str
    ) -> None:
        await store.add_user(user("u1", email="a@b.c", name="Ada"))
        before = await store.last_change()
        with pytest.raises(Taken) as refused:
            await store.add_user(user("u2", email=email, name=name), [row("user-added")])
        assert refused.value.field == field
        assert await store.user("u2") is None
        assert await store.user_by_login("new") is None
        assert await store.last_change() == before
        assert await store.audit() == [], "nothing of a verb that failed is kept"

    async def test_an_id_is_taken_once(self, store: Any) -> None:
        await store.add_user(user())
        with pytest.raises(Taken) as refused:
            await store.add_user(user(email="other@b.c", name="other"))
        assert refused.value.field == "id"

    async def test_of_50_who_take_one_name_at_once_exactly_one_gets_it(self, store: Any, other: Any) -> None:
        stores = (store, other)
        made = [user(f"u{n}", email=f"{n}@b.c", name="wanted") for n in range(50)]
        done = await at_once(stores[n % 2].add_user(one) for n, one in enumerate(made))
        assert sorted(type(one).__name__ for one in done) == ["Taken"] * 49 + ["User"]
        assert len(await store.users()) == 1

    async def test_two_who_swap_names_at_once_never_hang_or_share_one(self, store: Any, other: Any) -> None:
        await store.add_user(user("u1", email="a", name="a"))
        await store.add_user(user("u2", email="b", name="b"))
        done = await at_once([
            store.edit_user("u1", {"email": "b", "name": "b"}), other.edit_user("u2", {"email": "a", "name": "a"})
        ])  # fmt: skip
        assert all(isinstance(one, Taken) for one in done)
        assert [one.email for one in await store.users()] == ["a", "b"]

    async def test_users_are_listed_page_by_page_and_found_by_any_part_of_a_login_name(self, store: Any) -> None:
        for n in range(7):
            await store.add_user(user(f"u{n}", email=f"{n}@Example.org", name=f"Pérson_{n}"))
        first = await store.users(limit=3)
        rest = await store.users(after=first[-1].id, limit=10)
        assert [one.id for one in first + rest] == [f"u{n}" for n in range(7)]
        assert len(await store.users("PÉRSON")) == 7
        assert len(await store.users("example.ORG", limit=5)) == 5
        assert [one.id for one in await store.users("n_3")] == ["u3"]
        assert await store.users("n%3") == await store.users("no such") == []

    async def test_an_edit_sets_what_it_names_and_tells_the_feed(self, store: Any) -> None:
        await store.add_user(user(roles=("a",)))
        before = await store.last_change()
        edited = await store.edit_user("u1", {"roles": ("b",), "active": False}, [row("user-edited")])
        assert edited == user(roles=("b",), active=False) == await store.user("u1")
        assert await told(store, before) == [("user", "u1")]
        assert len(await store.audit()) == 1

    async def test_a_new_address_frees_the_old_one_and_takes_a_default_name_along(self, store: Any) -> None:
        await store.add_user(user(email="old@b.c", name="old@b.c"))
        edited = await store.edit_user("u1", {"email": "new@b.c"})
        assert edited.name == "new@b.c"
        assert await store.user_by_login("old@b.c") is None
        await store.add_user(user("u2", email="old@b.c", name="two"))
        with pytest.raises(Taken):
            await store.edit_user("u2", {"name": "NEW@b.c"})
        assert (await store.user_by_login("two")).id == "u2", "an edit that failed took no name away"

    async def test_edits_of_different_fields_at_once_are_all_kept(self, store: Any, other: Any) -> None:
        await store.add_user(user())
        done = await at_once([
            store.edit_user("u1", {"roles": ("r",)}), other.edit_user("u1", {"groups": ("g",)}),
            store.edit_user("u1", {"verified": True}), other.edit_user("u1", {"superuser": True}),
        ])  # fmt: skip
        assert not [one for one in done if isinstance(one, Exception)]
        assert await store.user("u1") == user(roles=("r",), groups=("g",), verified=True, superuser=True)

    async def test_an_edit_of_nobody_or_of_what_is_no_field_is_refused(self, store: Any) -> None:
        with pytest.raises(Missing):
            await store.edit_user("nobody", {"active": False})
        await store.add_user(user())
        for wrong in ({"colour": 1}, {"id": "u2"}):
            with pytest.raises(ValueError, match="cannot be set"):
                await store.edit_user("u1", wrong)

    async def test_removing_a_user_removes_their_logins_and_their_clients(self, store: Any) -> None:
        await furnish(store)
        await store.add_client(client("else's"))
        before = await store.last_change()
        await store.remove_user("u1", [row("user-removed")])
        assert await store.user("u1") is None
        assert await store.user_by_login("u1@example.org") is None
        assert await store.family("f1") is None
        assert [one.id for one in await store.clients("main")] == ["else's"]
        assert sorted(await told(store, before)) == [("client", "main/robot"), ("user", "u1")]
        with pytest.raises(Missing):
            await store.remove_user("u1")

    @pytest.mark.parametrize("name", WRONG)
    async def test_a_hostile_name_finds_nothing(self, store: Any, name: str) -> None:
        await furnish(store)
        assert await store.user(name) is None
        assert await store.user_by_login(name) is None
        assert await store.client("main", name) is None
        assert await store.client(name, "robot") is None
        assert await store.family(name) is None
        assert await store.users(search=name or "nothing") == []
        assert await store.clients(search=name or "nothing") == []
        assert await store.audit(client=name or "nothing") == []
        assert await store.slowed(name) == Slowed()
        assert await store.spend_jti("main", name, name, NOW)

    async def test_failures_are_free_ten_times_and_then_double_from_1_to_60_seconds(self, store: Any) -> None:
        waits = []
        for n in range(20):
            slowed = await store.login_failed("ada", NOW + n)
            waits.append(max(0, slowed.blocked_until - NOW - n))
            assert slowed == await store.slowed("ada")
        assert waits == [0] * (policy.FREE_FAILURES - 1) + [1000 * s for s in (1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60)]

    async def test_failures_are_counted_within_a_window(self, store: Any) -> None:
        for n in range(30):
            slowed = await store.login_failed("ada", NOW + n * (policy.FAILURE_WINDOW // 9 + 1))
            assert slowed.blocked_until == 0
            assert slowed.failures <= 9

    async def test_a_slowed_name_stays_slowed_until_a_window_without_failures(self, store: Any) -> None:
        for _ in range(16):
            slowed = await store.login_failed("ada", NOW)
        for n in range(1, 10):
            slowed = await store.login_failed("ada", NOW + n * 60_000)
            assert slowed.blocked_until == NOW + n * 60_000 + policy.LONGEST_BLOCK
        slowed = await store.login_failed("ada", NOW + 9 * 60_000 + policy.FAILURE_WINDOW + 1)
        assert slowed.failures == 1
        assert slowed.blocked_until <= NOW + 9 * 60_000 + policy.LONGEST_BLOCK

    async def test_a_success_forgets_the_failures_and_other_names_never_had_any(self, store: Any) -> None:
        for _ in range(12):
            await store.login_failed("ada", NOW, [row("login", outcome="invalid_grant")])
        assert await store.slowed("bob") == Slowed()
        await store.login_succeeded("ada")
        assert await store.slowed("ada") == Slowed()
        assert len(await store.audit()) == 12

    async def test_50_failures_at_once_are_all_counted(self, store: Any, other: Any) -> None:
        done = await at_once((store, other)[n % 2].login_failed("ada", NOW) for n in range(50))
        assert sorted(one.failures for one in done) == list(range(1, 51))

    async def test_failures_past_the_window_are_tidied(self, store: Any) -> None:
        await store.login_failed("ada", NOW)
        await store.tidy(NOW + policy.FAILURE_WINDOW - 1)
        assert (await store.slowed("ada")).failures == 1
        await store.tidy(NOW + policy.FAILURE_WINDOW)
        assert await store.slowed("ada") == Slowed()

    async def test_a_login_needs_its_user_and_client(self, store: Any) -> None:
        await furnish(store)
        for wrong in (family("f2", client="no"), family("f3", user="no"), family("f4", issuer="no")):
            with pytest.raises(Missing):
                await store.add_family(wrong)
