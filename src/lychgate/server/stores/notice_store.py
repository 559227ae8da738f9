"""The interface of a store, continued: what clients are to be told of logouts. The promises of ``store`` hold here too.

Notices are made by the verbs that end sessions: ``end_session``, ``renew_session``, ``revoke_family`` (told so),
``withdraw``, ``edit_user`` and ``remove_user``; never for a client that registered nowhere to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lychgate.server.model import AuditRow
from lychgate.server.sessions.notice import Notice


class NoticeStore(Protocol):
    """Each notice is taken by one worker of one node at a time. Times in ms."""

    async def next_notice(self) -> int | None:
        """When the next one is due, None where there is none."""
        ...

    async def take_notices(self, now: int, until: int, limit: int) -> list[Notice]:
        """Up to ``limit`` that are due, to exactly one caller, with the try that begins counted: nobody else gets them
        before ``until``, by which they are ended or put off, unless whoever took them has died."""
        ...

    async def put_off_notice(self, id: str, due_at: int) -> None: ...
    async def end_notice(self, id: str, audit: Sequence[AuditRow] = ()) -> bool:
        """It was told or given up; False where it was ended already."""
        ...
