"""Passwords: Argon2id, the same work for nobody's, hashed again when the parameters change."""

from __future__ import annotations

import asyncio

import pytest

from lychgate.kernel.errors import TransientError
from lychgate.server.people import passwords
from lychgate.server.people.passwords import Passwords
from support.server import Server


def test_a_password_is_kept_as_argon2id_with_its_parameters() -> None:
    async def story() -> None:
        made = Passwords()
        kept = await made.hash("hunter2")
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert kept != await made.hash("hunter2")
        assert await made.verify(kept, "hunter2")
        assert not await made.verify(kept, "hunter3")
        assert not made.outdated(kept)
        made.close()

    asyncio.run(story())


@pytest.mark.parametrize("kept", [None, "", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
def test_what_is_no_hash_is_never_the_password(kept: str | None) -> None:
    async def story() -> None:
        made = Passwords()
        assert not await made.verify(kept, kept or "")
        made.close()

    asyncio.run(story())


def test_nobodys_password_costs_the_same_work() -> None:
    """The parameters say how much work it is; the time itself is measured in no test."""
    from argon2 import PasswordHasher, extract_parameters
    from argon2.exceptions import VerifyMismatchError

    kept, nobodys = PasswordHasher(2, 19 * 1024, 1).hash("x"), passwords._nobodys(2, 19 * 1024)
    assert extract_parameters(nobodys) == extract_parameters(kept)
    with pytest.raises(VerifyMismatchError):  # and not an error that would come at once
        PasswordHasher().verify(nobodys, "x")


def test_a_password_beyond_the_longest_is_wrong_even_where_its_beginning_is_right() -> None:
    async def story() -> None:
        made = Passwords(rounds=1, memory=64)
        kept = await made.hash("x" * passwords.LONGEST)
        assert await made.verify(kept, "x" * passwords.LONGEST)
        assert not await made.verify(kept, "x" * (passwords.LONGEST + 1))
        made.close()

    asyncio.run(story())


def test_a_hash_of_other_parameters_is_outdated() -> None:
    async def story() -> None:
        old, new = Passwords(rounds=1), Passwords()
        assert new.outdated(await old.hash("hunter2"))
        old.close()
        new.close()

    asyncio.run(story())


def test_too_many_who_wait_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAITING", 3)

    async def story() -> None:
        made = Passwords()

        async def wait() -> None:
            async with made.turn():
                await asyncio.sleep(0.05)

        found = await asyncio.gather(*(wait() for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in found] == [type(None)] * 3 + [TransientError] * 2
        await wait()
        made.close()

    asyncio.run(story())


def test_a_login_hashes_again_where_the_parameters_have_changed(server: Server) -> None:
    user = server.user_add("old@example.org", "hunter2")

    async def weaken(engine: object) -> None:
        old = Passwords(rounds=1, memory=64)
        await engine.store.edit_user(user.id, {"password_hash": await old.hash("hunter2")})  # type: ignore[attr-defined]  # an Engine
        old.close()

    def kept() -> str:
        return str(server.operate(lambda engine: engine.store.user(user.id)).password_hash)

    server.operate(weaken)
    assert "m=64,t=1" in kept()
    answer = server.get("/api/v1/auth/jwt/token/basic", basic=("old@example.org", "hunter2"))
    assert answer.status == 200
    assert "m=19456,t=2" in kept()
    assert server.get("/api/v1/auth/jwt/token/basic", basic=("old@example.org", "hunter2")).status == 200
