"""The store's contract: whom an issuer of ours trusts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.stores import Taken
from lychgate.server.trusted.trust_model import ISSUER, SERVICE, Trust

from .store_made import NOW, REALM, client, row, told

ABROAD = Trust("t1", "main", ISSUER, "https://a.example", "https://a.example", "{}", algs=("ES256",), created_at=NOW)
GATE = Trust("t2", "main", SERVICE, "CN=Gate, O=X", "cn=gate,o=x", certificate="PEM", expires_at=NOW + 1)


class Trusted:
    async def test_trust_is_kept_found_told_of_and_taken_back(self, store: Any, other: Any) -> None:
        last = await store.last_change()
        assert await store.trusts("main") == []
        await store.add_trust(ABROAD, [row("trust.add")])
        await store.add_trust(GATE)
        assert await other.trusted("main", ISSUER, ABROAD.key) == ABROAD
        assert await other.trusted("main", SERVICE, GATE.key) == GATE
        assert await other.trusted("main", SERVICE, ABROAD.key) is None
        assert await other.trusts("main") == [ABROAD, GATE]
        assert await other.remove_trust("t1", [row("trust.remove")])
        assert not await store.remove_trust("t1")
        assert await store.trusts("main") == [GATE]
        assert await told(store, last) == [("trust", "t1"), ("trust", "t2"), ("trust", "t1")]
        assert {one.event for one in await store.audit()} == {"trust.add", "trust.remove"}

    async def test_one_row_for_each_that_is_trusted_and_each_realm_for_itself(self, store: Any) -> None:
        await store.ensure_issuer(REALM)
        await store.add_trust(ABROAD)
        with pytest.raises(Taken):
            await store.add_trust(replace(ABROAD, id="t3"))
        there = replace(ABROAD, id="t4", issuer=REALM.id)
        await store.add_trust(there)
        assert await store.trusted(REALM.id, ISSUER, ABROAD.key) == there

    async def test_who_serves_a_resource_and_whether_they_are_active(self, store: Any) -> None:
        await store.add_client(client("a", resources=("https://api.example.org", "https://b_example.org")))
        await store.add_client(client("b", resources=("https://api.example.org",), active=False))
        assert sorted(await store.serving("main", "https://api.example.org")) == [False, True]
        assert await store.serving("main", "https://b_example.org") == [True]
        assert await store.serving("main", "https://b-example.org") == []
        assert await store.serving("main", "https://API.example.org") == []
        assert await store.serving("main", "https://api.example") == []
        await store.edit_client("main", "a", {"resources": ("https://c.example.org", "https://api.example.org")})
        await store.remove_client("main", "b")
        assert await store.serving("main", "https://api.example.org") == [True]
        assert await store.serving("main", "https://b_example.org") == []
        assert await store.serving("main", "https://c.example.org") == [True]
