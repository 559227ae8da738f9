"""The interface of a store, continued: UNICORE's tokens and sessions. The promises of ``store`` hold here too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lychgate.server.model import AuditRow
from lychgate.server.supercomputers.unicore_model import IssuedToken, RestSession


class UnicoreStore(Protocol):
    """Read anew at each use, so that a revocation holds at once on every worker and node."""

    async def issued_token(self, id: str) -> IssuedToken | None: ...
    async def issued_tokens(self, user: str, now: int, limit: int = 100) -> list[IssuedToken]:
        """A person's tokens that have not ended, newest first."""
        ...

    async def add_issued_token(self, token: IssuedToken, most: int, audit: Sequence[AuditRow] = ()) -> bool:
        """Add a token, unless its user has ``most`` that live at its ``created_at`` (False). ``audit``: if added.

        This holds among any number of calls at the same time.
        """
        ...

    async def see_issued_token(self, id: str, now: int) -> None:
        """Note when a token was last used."""
        ...

    async def revoke_issued_tokens(self, user: str, id: str | None = None, audit: Sequence[AuditRow] = ()) -> int:
        """Forget a person's token and all that were made one by the other with it, or all of theirs (``id`` None).

        Answers how many; of another person's there are none. ``audit`` is written where there were any.
        """
        ...

    async def rest_session(self, digest: bytes) -> RestSession | None: ...
    async def add_rest_session(self, session: RestSession, most: int) -> None:
        """Add a session; of this person's alone, those go that are older than the ``most`` newest.

        This holds among any number of calls at the same time.
        """
        ...
