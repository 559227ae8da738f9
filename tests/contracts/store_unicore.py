"""The store's contract: UNICORE's issued tokens and security sessions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from lychgate.server.supercomputers.unicore_model import IssuedToken, RestSession

from .store_made import NOW, row, user

FIRST = IssuedToken("t1", "t1", "main", "u1", NOW, NOW + 1000, True, False, "uid:ada", NOW + 9000, "f1", "robot")
FIRST = replace(FIRST, address="::1", stands_on={"key": "SHA256:x"})
NEXT = replace(FIRST, id="t2", created_at=NOW + 1, expires_at=NOW + 2000)
APART = IssuedToken("t3", "t3", "main", "u1", NOW + 2, NOW + 3000, limited=True)


def session(name: str, **fields: Any) -> RestSession:
    made = {"user": "u1", "created_at": NOW, "expires_at": NOW + 1000, "proof": {"method": "PASSWORD"}}
    return RestSession(name.encode().ljust(32, b"."), **(made | fields))


class Unicore:
    async def test_issued_tokens_are_kept_listed_while_they_live_and_seen(self, store: Any, other: Any) -> None:
        await store.add_user(user())
        await store.add_issued_token(FIRST, 9, [row("token")])
        await store.add_issued_token(APART, 9)
        assert await other.issued_token("t1") == FIRST
        assert await other.issued_token("t9") is None
        assert await other.issued_tokens("u1", NOW) == [APART, FIRST]
        assert await other.issued_tokens("u1", NOW + 1000) == [APART]
        assert await other.issued_tokens("u2", NOW) == []
        await other.see_issued_token("t1", NOW + 5)
        assert await store.issued_token("t1") == replace(FIRST, seen_at=NOW + 5)
        await store.tidy(NOW + 1000)
        assert await store.issued_token("t1") is None
        assert [one.event for one in await store.audit()] == ["token"]

    async def test_a_token_is_revoked_with_those_that_were_made_with_it_and_by_its_owner_alone(
        self, store: Any, other: Any
    ) -> None:
        await store.add_user(user())
        for token in (FIRST, NEXT, APART):
            await store.add_issued_token(token, 9)
        assert await store.revoke_issued_tokens("u2", "t1", [row("x")]) == 0
        assert await store.revoke_issued_tokens("u1", "t2", [row("token.revoke")]) == 2
        assert [await other.issued_token(id) for id in ("t1", "t2", "t3")] == [None, None, APART]
        assert await store.revoke_issued_tokens("u1", None, [row("token.revoke")]) == 1
        assert await store.revoke_issued_tokens("u1", None, [row("x")]) == 0
        assert [one.event for one in await store.audit()] == ["token.revoke"] * 2

    async def test_of_many_who_ask_at_once_only_so_many_get_a_token(self, store: Any, other: Any) -> None:
        await store.add_user(user())
        tokens = [replace(APART, id=f"t{number}", origin=f"t{number}") for number in range(12)]
        tries = [(store, other)[n % 2].add_issued_token(one, 5, [row("token")]) for n, one in enumerate(tokens)]
        assert sorted(await asyncio.gather(*tries)) == [False] * 7 + [True] * 5
        assert len(await other.issued_tokens("u1", NOW)) == len(await store.audit()) == 5
        later = replace(APART, id="later", created_at=APART.expires_at, expires_at=APART.expires_at + 1)
        assert await other.add_issued_token(later, 5), "those that ended do not count"

    async def test_of_many_sessions_begun_at_once_so_many_stay(self, store: Any, other: Any) -> None:
        await store.add_user(user())
        begun = [session(f"s{number}", created_at=NOW + number) for number in range(12)]
        await asyncio.gather(*((store, other)[n % 2].add_rest_session(one, 5) for n, one in enumerate(begun)))
        assert sum([await store.rest_session(one.digest) is not None for one in begun]) == 5

    async def test_a_session_too_many_ends_the_oldest_of_its_own_user(self, store: Any, other: Any) -> None:
        await store.add_user(user())
        await store.add_user(user("u2"))
        kept = [session(f"s{number}", created_at=NOW + number) for number in range(4)]
        theirs = session("theirs", user="u2")
        await store.add_rest_session(theirs, 2)
        for one in kept:
            await store.add_rest_session(one, 2)
        assert [await other.rest_session(one.digest) for one in kept] == [None, None, *kept[2:]]
        assert await other.rest_session(theirs.digest) == theirs
        await store.tidy(NOW + 1000)
        assert await store.rest_session(theirs.digest) is None

    async def test_tokens_and_sessions_go_with_their_user(self, store: Any) -> None:
        await store.add_user(user())
        await store.add_issued_token(FIRST, 9)
        await store.add_rest_session(session("s"), 2)
        await store.remove_user("u1")
        assert await store.issued_token("t1") is None
        assert await store.rest_session(session("s").digest) is None
