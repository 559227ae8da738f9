"""The store's contract: codes, device logins, pushed requests, registration tokens (rows 6, 12 and 28)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.people.login_model import Code, DeviceLogin, Pushed, RegistrationToken
from lychgate.server.stores import Taken

from .store_made import NOW, at_once, family, furnish, row

MINUTE = 60_000
ONE, TWO = b"1" * 32, b"2" * 32


def code(**fields: Any) -> Code:
    made = {"digest": ONE, "issuer": "main", "client": "robot", "user": "u1", "family": "f2"}
    made |= {"redirect_uri": "http://127.0.0.1:8888", "scope": ("read",), "challenge": "c", "expires_at": NOW + MINUTE}
    return Code(**(made | {"extra": {"nonce": "n"}, "created_at": NOW} | fields))


def device(**fields: Any) -> DeviceLogin:
    made = {"digest": ONE, "user_code": "BCDFGHJK", "issuer": "main", "client": "robot", "expires_at": NOW + MINUTE}
    return DeviceLogin(**(made | {"created_at": NOW, "scope": ("read",)} | fields))


class Codes:
    async def test_row_6_of_50_who_take_a_code_at_once_one_gets_it_and_the_login_is_revoked(
        self, store: Any, other: Any
    ) -> None:
        await furnish(store)
        await store.add_code(code(), [row("code")])
        assert await other.code(ONE) == code()
        done = await at_once((store, other)[n % 2].take_code(ONE, family("f2"), NOW + n, [row()]) for n in range(50))
        assert sorted(done) == [False] * 49 + [True]
        assert (await store.family("f2")).revoked_at is not None
        assert len(await store.audit()) == 2

    async def test_a_code_taken_once_starts_its_login(self, store: Any) -> None:
        await furnish(store)
        await store.add_code(code())
        assert await store.take_code(ONE, family("f2"), NOW)
        assert await store.family("f2") == family("f2")

    async def test_an_ended_or_unknown_code_gives_nothing_and_revokes_nothing(self, store: Any) -> None:
        await furnish(store)
        await store.add_code(code(family="f1"))
        assert not await store.take_code(ONE, family("f2"), NOW + MINUTE)
        assert not await store.take_code(TWO, family("f2"), NOW)
        assert await store.family("f2") is None
        assert (await store.family("f1")).revoked_at is None

    async def test_a_device_waits_is_decided_once_and_taken_once(self, store: Any, other: Any) -> None:
        await furnish(store)
        await store.add_device(device())
        with pytest.raises(Taken):
            await store.add_device(device(digest=TWO))
        assert await store.device_by_code("BCDFGHJK", NOW) == device() == await store.device(ONE)
        assert await store.device_by_code("BCDFGHJK", NOW + MINUTE) is None
        assert not await store.take_device(ONE, family("f2"), NOW)
        allowed = device(state="allowed", user="u1", session="s1", auth_time=NOW + 1)
        decided = await at_once((store, other)[n % 2].decide_device(allowed, NOW, [row("device")]) for n in range(10))
        assert sorted(decided) == [False] * 9 + [True]
        assert await store.device(ONE) == allowed
        assert await store.device_by_code("BCDFGHJK", NOW) is None
        taken = await at_once((store, other)[n % 2].take_device(ONE, family("f2"), NOW + 2) for n in range(50))
        assert sorted(taken) == [False] * 49 + [True]
        assert (await store.device(ONE)).state == "done"
        assert await store.family("f2") == family("f2")

    async def test_a_refused_device_gets_nothing(self, store: Any) -> None:
        await furnish(store)
        await store.add_device(device())
        assert await store.decide_device(device(state="refused"), NOW)
        assert not await store.take_device(ONE, family("f2"), NOW)

    async def test_a_poll_that_comes_too_early_makes_the_interval_longer(self, store: Any) -> None:
        await furnish(store)
        await store.add_device(device())
        assert await store.poll_device(TWO, NOW) is None
        assert await store.poll_device(ONE, NOW) == device()
        assert (await store.poll_device(ONE, NOW + 5000)).interval == 5
        assert (await store.poll_device(ONE, NOW + 5001)).interval == 5
        assert await store.device(ONE) == device(interval=10, polled_at=NOW + 5001)

    async def test_a_pushed_request_is_kept_and_dropped_once(self, store: Any) -> None:
        await furnish(store)
        pushed = Pushed(ONE, "main", "robot", {"scope": "read", "resource": ["a", "b"]}, NOW + MINUTE)
        await store.add_pushed(pushed)
        assert await store.pushed(ONE) == pushed
        assert [await store.drop_pushed(ONE), await store.drop_pushed(ONE)] == [True, False]
        assert await store.pushed(ONE) is None

    async def test_a_registration_token_is_used_no_more_often_than_it_says(self, store: Any, other: Any) -> None:
        await furnish(store)
        token = RegistrationToken(ONE, "main", None, 3, NOW + MINUTE, NOW, "for the workshop")
        await store.add_registration_token(token)
        assert await store.spend_registration_token(ONE, NOW + MINUTE) is None
        used = await at_once((store, other)[n % 2].spend_registration_token(ONE, NOW) for n in range(20))
        assert sorted(one.uses for one in used if one) == [0, 1, 2]
        assert await store.registration_tokens("main") == [replace(token, uses=0)]
        assert await store.remove_registration_token(ONE)
        assert not await store.remove_registration_token(ONE)

    async def test_a_registration_token_without_limits_goes_on(self, store: Any) -> None:
        await furnish(store)
        token = RegistrationToken(TWO, "main", "robot")
        await store.add_registration_token(token)
        assert [await store.spend_registration_token(TWO, NOW) for _ in range(3)] == [token] * 3
        await store.remove_client("main", "robot")
        assert await store.registration_token(TWO) is None

    async def test_what_lived_for_minutes_is_tidied_a_day_after(self, store: Any) -> None:
        await furnish(store)
        await store.add_code(code())
        await store.add_device(device())
        await store.tidy(NOW + MINUTE)
        assert await store.code(ONE) is not None
        await store.tidy(NOW + MINUTE + 86_400_000)
        assert await store.code(ONE) is None
        assert await store.device(ONE) is None
