"""Who changes a registration or an account, as the audit log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .model import AuditRow

if TYPE_CHECKING:
    from .engine import Engine


@dataclass(frozen=True, slots=True)
class Actor:
    """``by`` is a user's id, or ``operator NAME`` for somebody at the command line."""

    by: str
    address: str | None = None
    request_id: str | None = None

    def row(
        self,
        engine: Engine,
        event: str,
        *,
        user: str | None = None,
        client: str | None = None,
        fields: str = "",
        issuer: str | None = None,
    ) -> AuditRow:
        """A row that says what was done to ``user`` or ``client``; ``fields`` are names, never values.

        ``issuer`` is the engine's unless another is named.
        """
        detail = {"by": self.by} | ({"fields": fields} if fields else {})
        return AuditRow(
            engine.clock(),
            issuer or engine.issuer.id,
            event,
            client=client,
            user=user,
            address=self.address,
            request_id=self.request_id,
            detail=detail,
        )
