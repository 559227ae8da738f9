"""The interface of a store, continued: issuers that are not the main one. The promises of ``store`` hold here too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lychgate.server.model import AuditRow, Issuer, SigningKey


class RealmStore(Protocol):
    """A realm's beginning, settings and end."""

    async def add_issuer(self, issuer: Issuer, key: SigningKey, audit: Sequence[AuditRow] = ()) -> None:
        """A new issuer with its first key. Raises ``Taken`` where there is one with this address."""
        ...

    async def edit_issuer(self, id: str, changes: Mapping[str, Any], audit: Sequence[AuditRow] = ()) -> Issuer:
        """Set some of its settings, None to take one away. Raises ``Missing``."""
        ...

    async def clients_of(self, id: str) -> int:
        """How many clients an issuer has."""
        ...

    async def remove_issuer(self, id: str, with_clients: bool, audit: Sequence[AuditRow] = ()) -> None:
        """Remove an issuer with its keys, whom it trusts, and, ``with_clients``, its clients and their logins.

        Raises ``Missing``, and ``Occupied`` where it has clients that were not to go.
        """
        ...
