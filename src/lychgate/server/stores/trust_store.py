"""The interface of a store, continued: whom an issuer of ours trusts. The promises of ``store`` hold here too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lychgate.server.model import AuditRow
from lychgate.server.trusted.trust_model import Trust


class TrustStore(Protocol):
    """Read anew at each use, so that it holds at once on every worker and node; the change feed tells of it ("trust")
    whoever keeps what came of it."""

    async def trusted(self, issuer: str, kind: str, key: str) -> Trust | None:
        """The row by which ``issuer`` (an id of ours) trusts this one; ``kind`` and ``key`` are those of ``Trust``."""
        ...

    async def trusts(self, issuer: str) -> list[Trust]:
        """All rows of an issuer of ours, by kind and name."""
        ...

    async def add_trust(self, trust: Trust, audit: Sequence[AuditRow] = ()) -> None:
        """Raises ``Taken`` where there is a row for the same already."""
        ...

    async def remove_trust(self, id: str, audit: Sequence[AuditRow] = ()) -> bool: ...

    async def serving(self, issuer: str, uri: str) -> list[bool]:
        """Of the clients of an issuer that are registered for the resource ``uri``, whether each is active."""
        ...
