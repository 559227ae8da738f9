"""The store's contract: the administration's lists. Row 41 of the attacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from .store_browsers import DAY, session
from .store_made import NOW, REALM, client, family, row, user

WRONG = 'x" OR 1=1; DROP TABLE users; --', "\0", "a\0b", "\ud800", "%", "_", "é" * 5000


class Listing:
    async def test_users_are_listed_newest_first_a_page_at_a_time(self, store: Any) -> None:
        for n in range(5):
            await store.add_user(user(f"u{n}", created_at=NOW + n))
        assert [one.id for one in await store.listed_users(limit=2)] == ["u4", "u3"]
        assert [one.id for one in await store.listed_users(skip=4, limit=2)] == ["u0"]
        assert await store.listed_users(skip=5, limit=2) == []
        assert [one.id for one in await store.listed_users("U3@EXAMPLE", limit=2)] == ["u3"]

    async def test_clients_of_one_issuer_are_listed_without_their_secrets(self, store: Any) -> None:
        await store.ensure_issuer(REALM)
        for n in range(3):
            await store.add_client(client(f"c{n}", created_at=NOW + n))
        await store.add_client(client("other", REALM.id))
        assert [one.id for one in await store.listed_clients("main", skip=1, limit=5)] == ["c1", "c0"]
        assert [one.id for one in await store.listed_clients("main", "the C2")] == ["c2"]
        assert [one.id for one in await store.listed_clients(REALM.id)] == ["other"]

    async def test_logins_that_live_are_listed_last_used_first(self, store: Any) -> None:
        await store.add_user(user())
        await store.add_user(user("u2", active=False))
        await store.add_client(client())
        await store.add_session(session("s1", seen_at=NOW + 5))
        await store.add_session(session("ended", expires_at=NOW))
        await store.add_session(session("disabled", user="u2"))
        await store.add_family(family("f1", rotated_at=NOW + 9))
        await store.add_family(family("revoked", revoked_at=NOW))
        listed = await store.listed_logins(NOW)
        assert [(one.id, one.client, one.name) for one in listed] == [
            ("f1", "robot", "u1@example.org"),
            ("s1", "", "u1@example.org"),
        ]
        assert await store.listed_login("f1", NOW) == listed[0]
        assert await store.listed_login("revoked", NOW) is None
        assert [one.id for one in await store.listed_logins(NOW, "127.0.0.1")] == ["s1"]
        assert [one.id for one in await store.listed_logins(NOW, "robot")] == ["f1"]
        assert [one.id for one in await store.listed_logins(NOW, "U1@ex", skip=1)] == ["s1"]
        assert [one.id for one in await store.listed_logins(NOW, user="u1", limit=1)] == ["f1"]
        await store.edit_user("u1", {"not_before": NOW + DAY})
        assert await store.listed_logins(NOW) == []

    async def test_the_audit_log_is_listed_newest_first_and_chosen_from(self, store: Any) -> None:
        rows = [row("token", client=f"c{n}", user="u1", request_id=f"r{n}") for n in range(4)]
        await store.write_audit([*rows, replace(row("login", address="192.0.2.7"), outcome="invalid_grant")])
        newest = await store.listed_audit(limit=2)
        assert [one.event for one in newest] == ["login", "token"]
        older = await store.listed_audit(before=newest[-1].id, limit=2)
        assert [one.request_id for one in older] == ["r2", "r1"]
        assert [one.event for one in await store.listed_audit(outcome="refused")] == ["login"]
        assert len(await store.listed_audit(outcome="ok", event="token")) == 4
        for text in ("192.0.2.7", "c1", "r2"):
            assert len(await store.listed_audit(text)) == 1, text
        assert len(await store.listed_audit("u1", "token", "ok", before=newest[0].id)) == 4
        assert await store.audit_events() == ["login", "token"]

    async def test_a_last_login_is_one_that_went_well(self, store: Any) -> None:
        at = {"first": NOW, "last": NOW + 5, "failed": NOW + 9}
        rows = [replace(row("login", user="u1"), at=at[name]) for name in at]
        await store.write_audit([rows[0], rows[1], replace(rows[2], outcome="invalid_grant"), row("token", user="u2")])
        assert await store.last_logins(["u1", "u2"]) == {"u1": NOW + 5}

    async def test_how_many_there_are_is_counted(self, store: Any) -> None:
        await store.add_user(user(superuser=True))
        await store.add_user(user("u2"))
        await store.add_client(client())
        await store.add_session(session())
        assert await store.numbers("main", NOW) == (2, 1, 1, 1)

    @pytest.mark.parametrize("wrong", WRONG)
    async def test_row_41_whatever_is_searched_for_is_only_text(self, store: Any, wrong: str) -> None:
        await store.add_user(user())
        assert await store.listed_users(wrong) == []
        assert await store.listed_clients("main", wrong) == []
        assert await store.listed_logins(NOW, wrong) == []
        assert await store.listed_audit(wrong) == []
        assert len(await store.listed_users()) == 1
