"""The administration's audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .view import Pager, View


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One row. ``event`` in words, ``outcome`` "ok" or the error's code; ``who`` and ``client`` are names."""

    at: int
    event: str
    outcome: str = "ok"
    who: str = ""
    client: str = ""
    grant: str = ""
    address: str = ""
    request_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminAudit(View):
    """The log, newest first. GET fields: ``q`` (user, client, address, request id), ``event``, ``outcome``
    ("", "ok", "refused"). ``events`` are those that can be chosen, as (value, words)."""

    template: ClassVar[str] = "admin_audit.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    rows: tuple[AuditLine, ...]
    pager: Pager
    query: str = ""
    event: str = ""
    outcome: str = ""
    events: tuple[tuple[str, str], ...] = ()
