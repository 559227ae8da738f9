"""The store's contract: clients and their secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lychgate.server.stores import Missing, Taken

from .store_made import NOW, REALM, at_once, client, furnish, row, secret, told, user


class Clients:
    async def test_a_client_comes_back_as_it_was_added_with_its_secrets(self, store: Any) -> None:
        await store.add_user(user())
        whole = client(
            owner="u1",
            methods=frozenset({"client_secret_basic", "client_secret_jwt"}),
            grants=frozenset({"password", "refresh_token"}),
            redirect_uris=("https://a/cb", "http://127.0.0.1/"),
            scopes=("b", "a"),
            audiences=("https://api",),
            resources=("https://res",),
            groups=("g",),
            jwks='{"keys": []}',
            jwks_uri="https://a/jwks",
            alg="RS256",
            lifetime=60,
            active=False,
            not_before=NOW,
            created_at=NOW,
            last_used_at=NOW,
            secrets=(secret("s1", sealed=b"\x00x"), secret("s2", not_after=NOW + 5, created_at=NOW + 1)),
            extra={"policy_uri": "https://a/policy", "n": [1, {"x": None}]},
        )
        assert await store.add_client(whole, [row("client-added", client="robot")]) == whole
        assert await store.client("main", "robot") == whole
        assert await store.clients("main") == [whole]
        assert [found.client for found in await store.audit()] == ["robot"]

    async def test_a_client_belongs_to_one_issuer(self, store: Any) -> None:
        await store.ensure_issuer(REALM)
        await store.add_client(client())
        assert await store.client("r1", "robot") is None
        await store.add_client(client(issuer="r1", name="another"))
        assert (await store.client("r1", "robot")).name == "another"
        with pytest.raises(Taken) as refused:
            await store.add_client(client(secrets=(secret(),)))
        assert refused.value.field == "id"
        assert (await store.client("main", "robot")).secrets == ()
        with pytest.raises(Missing):
            await store.add_client(client(issuer="no such"))

    async def test_clients_are_listed_by_issuer_owner_and_part_of_a_name_page_by_page(self, store: Any) -> None:
        await store.ensure_issuer(REALM)
        await store.add_user(user())
        for n in range(6):
            owner = "u1" if n % 2 else None
            await store.add_client(client(f"c{n}", name=f"Näme {n}", owner=owner, secrets=(secret("a"), secret("b"))))
        await store.add_client(client("c0", issuer="r1", owner="u1"))
        first = await store.clients("main", limit=4)
        rest = await store.clients("main", after=first[-1].id)
        assert [one.id for one in first + rest] == [f"c{n}" for n in range(6)]
        assert all(len(one.secrets) == 2 for one in first)
        assert [one.id for one in await store.clients("main", owner="u1")] == ["c1", "c3", "c5"]
        assert [one.id for one in await store.clients("main", owner="u1", search="nÄME 3")] == ["c3"]
        assert [(one.issuer, one.id) for one in await store.clients(owner="u1")][-1] == ("r1", "c0")
        everywhere = await store.clients(limit=5)
        last = f"{everywhere[-1].issuer}/{everywhere[-1].id}"
        assert [(one.issuer, one.id) for one in await store.clients(after=last)] == [("main", "c5"), ("r1", "c0")]
        assert [one.id for one in await store.clients(search="c4")] == ["c4"]

    async def test_an_edit_sets_what_it_names_and_keeps_the_secrets(self, store: Any) -> None:
        await furnish(store)
        before = await store.last_change()
        edited = await store.edit_client("main", "robot", {"name": "Renamed", "active": False}, [row("edit")])
        assert (edited.name, edited.active, len(edited.secrets)) == ("Renamed", False, 1)
        assert await store.client("main", "robot") == edited
        assert [one.id for one in await store.clients(search="renamed")] == ["robot"]
        assert await told(store, before) == [("client", "main/robot")]
        with pytest.raises(Missing):
            await store.edit_client("r1", "robot", {"name": "x"})
        for wrong in ({"secrets": ()}, {"id": "x"}, {"issuer": "r1"}, {"colour": 1}):
            with pytest.raises(ValueError, match="cannot be set"):
                await store.edit_client("main", "robot", wrong)

    async def test_key_sets_are_those_of_the_clients_with_the_method(self, store: Any) -> None:
        tls, other = frozenset({"self_signed_tls_client_auth", "private_key_jwt"}), frozenset({"tls_client_auth"})
        await store.add_client(client(methods=tls, jwks='{"keys": [1]}'))
        await store.add_client(client(id="b", methods=tls, jwks='{"keys": [2]}'))
        await store.add_client(client(id="c", methods=tls, jwks_uri="https://a/jwks"))
        await store.add_client(client(id="d", methods=other, jwks='{"keys": [4]}'))
        both = ['{"keys": [2]}', '{"keys": [1]}']
        assert await store.key_sets("self_signed_tls_client_auth", 10) == both
        assert await store.key_sets("self_signed_tls_client_auth", 1) == both[:1]
        assert await store.key_sets("none", 10) == []

    async def test_removing_a_client_removes_its_secrets_and_logins(self, store: Any) -> None:
        await furnish(store)
        before = await store.last_change()
        await store.remove_client("main", "robot", [row("client-removed")])
        assert await store.client("main", "robot") is None
        assert await store.family("f1") is None
        assert await told(store, before) == [("client", "main/robot")]
        with pytest.raises(Missing):
            await store.remove_client("main", "robot")
        await store.add_client(client())
        assert (await store.client("main", "robot")).secrets == (), "an id used again does not inherit secrets"

    async def test_a_new_secret_gives_the_old_ones_an_end_unless_they_end_sooner(self, store: Any) -> None:
        old = (secret("s1"), secret("s2", not_after=NOW + 10), secret("s3", not_after=NOW - 1))
        await store.add_client(client(secrets=old))
        before = await store.last_change()
        new = secret("s4", created_at=NOW + 5)
        changed = await store.rotate_secret("main", "robot", new, NOW + 1000, [row("rotated")])
        assert changed.secrets == (replace(old[0], not_after=NOW + 1000), old[1], new)
        assert await store.client("main", "robot") == changed
        assert await told(store, before) == [("client", "main/robot")]
        with pytest.raises(Missing):
            await store.rotate_secret("main", "nobody", new, NOW)

    async def test_two_new_secrets_at_once_are_both_kept(self, store: Any, other: Any) -> None:
        await store.add_client(client(secrets=(secret(),)))
        await at_once((store, other)[n % 2].rotate_secret("main", "robot", secret(f"n{n}"), NOW + 9) for n in range(8))
        kept = (await store.client("main", "robot")).secrets
        assert len(kept) == 9
        assert sum(one.not_after is None for one in kept) == 1

    async def test_ended_secrets_are_tidied(self, store: Any) -> None:
        await store.add_client(
            client(secrets=(secret("s1"), secret("s2", not_after=NOW), secret("s3", not_after=NOW + 1)))
        )
        await store.tidy(NOW)
        assert [one.id for one in (await store.client("main", "robot")).secrets] == ["s1", "s3"]

    async def test_last_use_is_noted_never_backwards_and_not_told(self, store: Any, other: Any) -> None:
        for id in ("a", "b", "c"):
            await store.add_client(client(id))
        before = await store.last_change()
        await store.touch_clients({("main", "a"): NOW, ("main", "b"): NOW + 1, ("main", "gone"): NOW})
        await store.touch_clients({("main", "a"): NOW - 1})
        await store.touch_clients({})
        assert [one.last_used_at for one in await store.clients("main")] == [NOW, NOW + 1, None]
        used = {("main", id): NOW + 7 for id in "abc"}
        backwards = dict(reversed(used.items()))
        done = await at_once((store, other)[n % 2].touch_clients((used, backwards)[n % 2]) for n in range(20))
        assert set(done) == {None}
        assert await store.last_change() == before
