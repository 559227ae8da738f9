"""The store's contract: realms edited, and removed with all that is theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.model import Family
from lychgate.server.people.login_model import RegistrationToken
from lychgate.server.stores.store import Missing, Occupied, Taken
from lychgate.server.trusted.trust_model import ISSUER, Trust

from .store_made import MAIN, NOW, REALM, client, family, key, row, secret, told, user


async def _furnished(store: Any) -> None:
    """The same things at the main issuer and at a realm."""
    await store.ensure_issuer(REALM)
    await store.add_user(user())
    for issuer in ("main", "r1"):
        await store.add_client(client(issuer=issuer, secrets=(secret(),)))
    await store.add_family(family())
    await store.add_family(family("f2", issuer="r1"))
    await store.add_key(key("k0"))
    await store.add_key(key("k1", issuer="r1"))
    await store.add_trust(Trust("t1", "r1", ISSUER, "https://a.example", "https://a.example", created_at=NOW))
    await store.add_registration_token(RegistrationToken(b"d" * 32, "r1", None, 1, None, NOW))


class Realms:
    async def test_a_realm_begins_with_its_key_of_which_is_told_first(self, store: Any, other: Any) -> None:
        before = await store.last_change()
        await store.add_issuer(REALM, key("k1", issuer="r1"), [row("realm.add")])
        assert (await other.issuers(), await other.keys("r1")) == ([MAIN, REALM], [key("k1", issuer="r1")])
        assert await told(other, before) == [("key", "r1"), ("issuer", "r1")]
        with pytest.raises(Taken):
            await store.add_issuer(replace(REALM, id="r2"), key("k2", issuer="r2"))
        assert len(await store.keys()) == 1

    async def test_some_settings_of_a_realm_are_set_and_the_rest_stays(self, store: Any, other: Any) -> None:
        await store.ensure_issuer(REALM)
        before = await store.last_change()
        await store.edit_issuer("r1", {"alg": "RS256", "audiences": ["https://a.example"]}, [row("realm.edit")])
        made = await other.edit_issuer("r1", {"alg": None, "display_name": "One"})
        assert made.settings == {"audiences": ["https://a.example"], "display_name": "One"}
        assert await store.issuers() == [MAIN, made]
        assert await told(store, before) == [("issuer", "r1")] * 2
        with pytest.raises(Missing):
            await store.edit_issuer("r2", {"alg": "RS256"})

    async def test_a_realm_with_clients_stays_unless_they_are_to_go_and_then_nothing_of_it_is_left(
        self, store: Any, other: Any
    ) -> None:
        await _furnished(store)
        before = await store.last_change()
        assert (await store.clients_of("r1"), await store.clients_of("main")) == (1, 1)
        with pytest.raises(Occupied):
            await store.remove_issuer("r1", False)
        assert [one.id for one in await store.issuers()] == ["main", "r1"]
        await store.remove_issuer("r1", True, [row("realm.remove")])
        assert await told(store, before) == [("issuer", "r1"), ("key", "r1")]
        assert await other.issuers() == [MAIN]
        assert (await other.keys(), await other.trusts("r1")) == ([key("k0")], [])
        assert (await other.client("r1", "robot"), await other.family("f2")) == (None, None)
        assert await other.registration_tokens("r1") == []
        assert await other.client("main", "robot") is not None
        assert isinstance(await other.family("f1"), Family)
        assert [one.event for one in await store.audit()] == ["realm.remove"]
        with pytest.raises(Missing):
            await store.remove_issuer("r1", True)
        await store.ensure_issuer(REALM)  # the name is free again
