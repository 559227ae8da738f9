"""The contract suite of a store: a backend's test class derives from it and brings the fixture ``place``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lychgate.server.stores import open_store

from .store_browsers import Browsers
from .store_clients import Clients
from .store_codes import Codes
from .store_listing import Listing
from .store_logins import Logins
from .store_made import MAIN
from .store_notices import Notices
from .store_outer_clients import OuterClients
from .store_people import People
from .store_proofs import Proofs
from .store_realms import Realms
from .store_records import Records
from .store_trust import Trusted
from .store_unicore import Unicore
from .store_user_keys import UserKeys


@pytest.mark.anyio
class StoreContract(
    People,
    Clients,
    Logins,
    Browsers,
    Codes,
    Records,
    Listing,
    Proofs,
    OuterClients,
    UserKeys,
    Trusted,
    Unicore,
    Realms,
    Notices,
):
    """``place`` is a migrated, empty database, as ``open_store`` takes it."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    async def store(self, place: str) -> AsyncIterator[Any]:
        made = open_store(place)
        await made.open()
        await made.ensure_issuer(MAIN)
        yield made
        await made.close()

    @pytest.fixture
    async def other(self, place: str, store: Any) -> AsyncIterator[Any]:
        """A second store on the same database, as another worker or node has it."""
        made = open_store(place)
        await made.open()
        yield made
        await made.close()
