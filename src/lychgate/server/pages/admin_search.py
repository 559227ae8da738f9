"""The front of the administration: search first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A hit. ``name`` and ``detail`` (an address, an id) say which one; ``id`` leads to its page."""

    kind: Literal["user", "client"]
    id: str
    name: str
    detail: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is, None where it was not counted."""

    users: int | None = None
    clients: int | None = None
    sessions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSearch(View):
    """A search over users and clients, sent as GET ``?q=``. ``query`` is empty on the first visit.

    ``found`` holds the first hits of each kind; ``more`` says that there are others.
    """

    template: ClassVar[str] = "admin_search.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    query: str = ""
    found: tuple[Found, ...] = ()
    more: bool = False
    counts: Counts = Counts()
