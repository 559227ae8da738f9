"""The store's contract: clients that the registration front made at another authorization server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lychgate.server.people.login_model import OuterClient

from .store_made import NOW, row

ADA = OuterClient(b"a" * 32, "ada", b"sealed", "form-1", NOW)


class OuterClients:
    async def test_a_client_made_elsewhere_is_kept_replaced_and_forgotten(self, store: Any, other: Any) -> None:
        assert await store.outer_client(ADA.digest) is None
        ben = replace(ADA, digest=b"b" * 32, client="ben")
        await store.keep_outer_client(ADA, [row("client.add")])
        await store.keep_outer_client(ben)
        newer = replace(ADA, sealed=b"newer", once="form-2")
        await other.keep_outer_client(newer, [row("client.rotate")])
        assert await store.outer_client(ADA.digest) == newer
        await other.forget_outer_client(ADA.digest, [row("client.remove")])
        assert await store.outer_client(ADA.digest) is None
        assert await store.outer_client(ben.digest) == ben
        assert {one.event for one in await store.audit()} == {"client.add", "client.rotate", "client.remove"}
