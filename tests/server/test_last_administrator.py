"""Somebody can always administer, also where two take each other's right away in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.server.model import User
from lychgate.server.stores import migrate, open_store
from lychgate.server.stores.store import LastAdministrator, Store
from support.postgres import server as postgres_server

CROWD = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path / 'lychgate.db'}"
        migrate(found)
        yield found
    else:
        with postgres_server() as postgres:
            found = postgres.empty()
            migrate(found)
            yield found


def _user(number: int) -> User:
    return User(f"id{number}", f"u{number}@example.org", f"u{number}", None, superuser=True)


async def _end(store: Store, number: int) -> bool:
    """Take one administrator away, each in another manner; whether it went."""
    id = f"id{number}"
    try:
        if number % 3 == 0:
            await store.remove_user(id)
        else:
            await store.edit_user(id, {"active": False} if number % 3 == 1 else {"superuser": False})
    except LastAdministrator:
        return False
    return True


def test_of_all_administrators_taken_away_at_once_one_stays(url: str):
    async def play() -> tuple[list[bool], list[User]]:
        first, second = open_store(url), open_store(url)
        for store in (first, second):
            await store.open()
        try:
            for number in range(CROWD):
                await first.add_user(_user(number))
            stores = [first, second] * (CROWD // 2)
            gone = await asyncio.gather(*(_end(store, number) for number, store in enumerate(stores)))
            return gone, await first.users()
        finally:
            for store in (first, second):
                await store.close()

    gone, left = asyncio.run(play())
    assert gone.count(False) == 1
    assert [user.id for user in left if user.superuser and user.active] == [f"id{gone.index(False)}"]


def test_where_nobody_administers_anybody_may_still_be_disabled(tmp_path: Path):
    async def play() -> User:
        store = open_store(f"sqlite:///{tmp_path / 'lychgate.db'}")
        await store.open()
        try:
            await store.add_user(User("one", "a@example.org", "a", None))
            return await store.edit_user("one", {"active": False})
        finally:
            await store.close()

    migrate(f"sqlite:///{tmp_path / 'lychgate.db'}")
    assert asyncio.run(play()).active is False
