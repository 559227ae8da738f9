"""The store's contract: browser sessions, consents and second factors. Rows 15, 30 and 47 of the attacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.people.login_model import Code, Consent, Factor, Session
from lychgate.server.stores import Taken

from .store_made import NOW, ROBOT, at_once, family, furnish, row, told, user

DAY = 86_400_000


def session(id: str = "s1", **fields: Any) -> Session:
    made = {"amr": ("pwd", "otp"), "created_at": NOW, "auth_time": NOW, "seen_at": NOW, "expires_at": NOW + DAY}
    made |= {"digest": id.encode().ljust(32, b"."), "user": "u1", "address": "127.0.0.1", "agent": "Firefox"}
    return Session(id, **(made | fields))


def factor(id: str = "x1", **fields: Any) -> Factor:
    made = {"kind": "totp", "name": "phone", "sealed": b"\x00sealed", "created_at": NOW}
    return Factor(id, "u1", **(made | fields))


class Browsers:
    async def test_a_session_is_found_by_its_digest_alone(self, store: Any) -> None:
        await furnish(store)
        await store.add_session(session(), [row("login")])
        assert await store.session(session().digest) == session()
        assert await store.session(b"s1") is None
        await store.see_session("s1", NOW + 5)
        assert await store.sessions("u1") == [session(seen_at=NOW + 5)]
        assert await store.sessions("u2") == []
        assert len(await store.audit()) == 1

    async def test_at_login_a_browser_gets_a_new_cookie_and_the_old_one_is_worth_nothing(self, store: Any) -> None:
        await furnish(store)
        await store.add_session(session("old"))
        kept, ended = await store.renew_session(session("old").digest, session("new"))
        assert (kept, ended) == (replace(session("new"), id="old"), [])
        assert await store.renew_session(b"there is none", session("newer")) == (session("newer"), [])
        assert await store.session(session("old").digest) is None
        assert await store.session(session("new").digest) == kept
        assert [one.id for one in await store.sessions("u1")] == ["newer", "old"]

    async def test_the_session_of_another_user_in_the_same_browser_ends_with_its_logins(self, store: Any) -> None:
        await furnish(store)
        await store.add_user(user("u2"))
        await store.add_session(session("old"))
        await store.add_family(family("online", session="old"))
        _, ended = await store.renew_session(session("old").digest, session("new", user="u2", created_at=NOW + 1))
        assert [one.id for one in ended] == ["online"]
        assert (await store.family("online")).revoked_at == NOW + 1
        assert (await store.sessions("u1"), [one.id for one in await store.sessions("u2")]) == ([], ["new"])

    async def test_a_code_that_was_not_taken_ends_with_its_session(self, store: Any) -> None:
        await furnish(store)
        await store.add_session(session())
        for id, whence in (("mine", "s1"), ("other", "s2")):
            made = Code(id.encode().ljust(32, b"."), *ROBOT, "u1", f"f-{id}", "https://a.example/", session=whence)
            await store.add_code(replace(made, created_at=NOW, expires_at=NOW + 60_000))
        await store.end_session("s1", NOW)
        assert await store.code(b"mine".ljust(32, b".")) is None
        assert await store.code(b"other".ljust(32, b".")) is not None

    async def test_the_end_of_a_session_revokes_its_logins_but_those_for_offline_use(self, store: Any) -> None:
        await furnish(store)
        await store.add_session(session())
        online = family("online", session="s1")
        offline = family("offline", session="s1", scope=("read", "offline_access"), created_at=NOW + 1)
        for one in (online, offline, family("elsewhere", session="s2")):
            await store.add_family(one)
        before = await store.last_change()
        assert await store.end_session("s1", NOW, [row("logout")]) == [online, offline]
        assert await store.session(session().digest) is None
        assert (await store.family("online")).revoked_at == NOW
        assert (await store.family("offline")).revoked_at is None
        assert (await store.family("elsewhere")).revoked_at is None
        assert await told(store, before) == [("family", "online")]
        assert [one.revoked_at for one in await store.end_session("s1", NOW + 1)] == [NOW, None]

    async def test_a_consent_is_kept_replaced_and_withdrawn_with_its_logins(self, store: Any) -> None:
        await furnish(store)
        first = Consent("u1", *ROBOT, ("read",), NOW)
        wider = replace(first, scope=("read", "write"), granted_at=NOW + 1)
        await store.allow(first)
        await store.allow(wider, [row("consent")])
        assert await store.consent("u1", *ROBOT) == wider
        assert await store.consents("u1") == [wider]
        await store.withdraw("u1", *ROBOT, NOW + 2)
        assert await store.consent("u1", *ROBOT) is None
        assert (await store.family("f1")).revoked_at == NOW + 2

    async def test_a_factor_is_kept_and_found_by_its_handle(self, store: Any) -> None:
        await furnish(store)
        passkey = factor("x2", kind="passkey", handle=b"h" * 32, created_at=NOW + 1)
        for one in (factor(), factor("x3", created_at=NOW + 2), passkey):
            await store.add_factor(one)
        assert await store.factors("u1") == [factor(), passkey, factor("x3", created_at=NOW + 2)]
        assert await store.factor_by_handle("passkey", b"h" * 32) == passkey
        assert await store.factor_by_handle("recovery", b"h" * 32) is None
        with pytest.raises(Taken):
            await store.add_factor(factor("x4", kind="passkey", handle=b"h" * 32))
        assert not await store.remove_factor("u2", "x2")
        assert await store.remove_factor("u1", "x2")
        await store.remove_factors("u1", "totp")
        assert await store.factors("u1") == []

    async def test_row_47_of_50_who_use_one_step_at_once_one_succeeds(self, store: Any, other: Any) -> None:
        await furnish(store)
        await store.add_factor(factor())
        done = await at_once((store, other)[n % 2].use_factor("x1", 57, NOW + n) for n in range(50))
        assert sorted(done) == [False] * 49 + [True]
        assert not await store.use_factor("x1", 56, NOW)
        assert await store.use_factor("x1", 58, NOW)

    async def test_a_recovery_code_works_once(self, store: Any, other: Any) -> None:
        await furnish(store)
        await store.add_factor(factor(kind="recovery", handle=b"r" * 32))
        done = await at_once((store, other)[n % 2].take_factor("u1", "recovery", b"r" * 32) for n in range(20))
        assert sorted(done) == [False] * 19 + [True]

    async def test_with_a_user_go_sessions_consents_and_factors(self, store: Any) -> None:
        await furnish(store)
        await store.add_session(session())
        await store.allow(Consent("u1", *ROBOT, ("read",), NOW))
        await store.add_factor(factor())
        await store.remove_user("u1")
        assert await store.session(session().digest) is None
        assert await store.consents("u1") == await store.factors("u1") == []

    async def test_ended_sessions_are_tidied(self, store: Any) -> None:
        await furnish(store)
        await store.add_session(session())
        await store.tidy(NOW + DAY - 1)
        assert await store.session(session().digest) is not None
        await store.tidy(NOW + DAY)
        assert await store.session(session().digest) is None
