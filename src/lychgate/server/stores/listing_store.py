"""The interface of a store, continued: the administration's lists. A page at a time, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lychgate.server.model import AuditRow, Client, User
from lychgate.server.people.login_model import Login


class ListingStore(Protocol):
    """What the administration's pages ask of a database; ``skip`` rows come before the page."""

    async def listed_users(self, search: str = "", skip: int = 0, limit: int = 100) -> list[User]: ...
    async def last_logins(self, users: Sequence[str]) -> dict[str, int]:
        """When each of ``users`` last logged in with us, by id, as the audit log knows; without those who never did."""
        ...

    async def listed_clients(self, issuer: str, search: str = "", skip: int = 0, limit: int = 100) -> list[Client]:
        """Clients without their secrets."""
        ...

    async def listed_logins(
        self, now: int, search: str = "", user: str = "", skip: int = 0, limit: int = 100
    ) -> list[Login]:
        """Logins that live, last used first: of a user (by id), or found by name, client or address."""
        ...

    async def listed_login(self, id: str, now: int) -> Login | None: ...
    async def listed_audit(
        self, text: str = "", event: str = "", outcome: str = "", before: int = 0, limit: int = 100
    ) -> list[AuditRow]:
        """Rows newest first, those before id ``before`` if given.

        ``text`` is a user's or client's id, an address or a request's id; ``outcome`` "ok", "refused" or empty for all.
        """
        ...

    async def audit_events(self) -> list[str]:
        """The events that there are in the log, by name."""
        ...

    async def numbers(self, issuer: str, now: int) -> tuple[int, int, int, int]:
        """How many users, clients of ``issuer``, logins that live, and active administrators there are."""
        ...
