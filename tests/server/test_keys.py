"""Signing keys: published before they sign, kept after, one choice at each time."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lychgate.oauth import jose
from lychgate.server.keys import Keys, new_key
from lychgate.server.mint import Order, mint
from lychgate.server.model import Client, Issuer
from lychgate.server.signing.master import Master
from lychgate.server.signing.signer import Signer
from lychgate.server.stores import migrate, open_store
from lychgate.server.stores.store import Store

MASTER = Master(b"m" * 32)
ISSUER = Issuer("main", "https://as.example")
HOUR = 3_600_000


class Clock:
    def __init__(self) -> None:
        self.now = 10 * HOUR

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def keyring() -> AsyncIterator[tuple[Store, Keys, Clock]]:
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(migrate, folder)
        store, clock = open_store(folder), Clock()
        await store.open()
        try:
            await store.ensure_issuer(ISSUER)
            keys = Keys(store, MASTER, clock)
            yield store, keys, clock
        finally:
            await store.close()


def published(keys: Keys) -> set[str]:
    return {key["kid"] for key in json.loads(keys.document("main"))["keys"]}


async def signing(keys: Keys, alg: str = "ES256") -> str:
    found = keys.pick("main", alg)
    return (found if isinstance(found, Signer) else await found).kid


def test_a_new_key_is_published_an_hour_before_it_signs_and_the_old_one_kept_after() -> None:
    async def story() -> None:
        async with keyring() as (store, keys, clock):
            old = new_key(MASTER, "main", "ES256", clock.now, clock.now)
            await store.add_key(old)
            await keys.refresh()
            assert (published(keys), await signing(keys)) == ({old.kid}, old.kid)
            new = new_key(MASTER, "main", "ES256", clock.now, clock.now + HOUR)
            await store.rotate_key(new, keep=2 * HOUR)
            await keys.refresh()
            assert (published(keys), await signing(keys)) == ({old.kid, new.kid}, old.kid)
            clock.now += HOUR
            assert (published(keys), await signing(keys)) == ({old.kid, new.kid}, new.kid)
            assert await keys.verifying("main", old.kid) is not None
            clock.now += 2 * HOUR
            assert (published(keys), await signing(keys)) == ({new.kid}, new.kid)
            assert await keys.verifying("main", old.kid) is None

    asyncio.run(story())


def test_the_first_key_of_a_kind_is_made_once_for_all_who_want_it() -> None:
    async def story() -> None:
        async with keyring() as (store, keys, _):
            kids = await asyncio.gather(*(signing(keys, "RS256") for _ in range(20)))
            assert len(set(kids)) == 1
            assert [key.alg for key in await store.keys()] == ["RS256"]

    asyncio.run(story())


def test_a_key_that_another_worker_made_is_found_by_its_id() -> None:
    async def story() -> None:
        async with keyring() as (store, keys, clock):
            other = Keys(store, MASTER, clock)
            await other.refresh()
            kid = await signing(other)
            assert await keys.verifying("main", kid) is not None
            assert await keys.verifying("other", kid) is None
            assert await keys.verifying("main", "../../etc/passwd") is None

    asyncio.run(story())


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_what_is_minted_is_verified_by_the_published_key(alg: str) -> None:
    async def story() -> None:
        async with keyring() as (_, keys, clock):
            client = Client("main", "c", "c")
            order = Order(ISSUER, client, "c", None, ("a", "b"), (ISSUER.url,), alg, 60)
            minted = await mint(keys, order, clock.now)
            found = jose.import_keys(json.loads(keys.document("main")))
            header, claims = jose.verify(minted.text, found, [alg])
            assert (header["alg"], header["typ"]) == (alg, "at+jwt")
            assert (claims["iat"], claims["exp"], claims["jti"]) == (36_000, 36_060, minted.jti)
            assert claims["scope"] == "a b"

    asyncio.run(story())


def test_the_private_part_is_sealed() -> None:
    key = new_key(MASTER, "main", "ES256", 0, 0)
    private = json.loads(MASTER.unseal(key.sealed, f"signing key {key.kid}"))
    assert private["d"].encode() not in key.sealed
    assert "d" not in key.public
    assert "sealed" not in repr(key)
