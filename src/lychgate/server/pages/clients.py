"""My clients and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login: of a browser, or given to a program.

    ``name`` is the browser and system, or the program. ``address`` is where it was last used from. ``this_one`` is the
    browser that asks. Its button posts ``id`` to the path "session_revoke".
    """

    id: str
    kind: Literal["browser", "program"]
    name: str
    made_at: int
    used_at: int | None
    ends_at: int | None
    address: str
    this_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClient:
    """A client that belongs to the person. ``ends_at`` is the end of its last secret, None for no end."""

    id: str
    name: str
    made_at: int
    used_at: int | None = None
    ends_at: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MyClients(View):
    """All that can act for this person. ``may_make``: a button leads to a new client."""

    template: ClassVar[str] = "mine.html"
    navigation: ClassVar[bool] = True

    sessions: tuple[Session, ...] = ()
    clients: tuple[OwnClient, ...] = ()
    may_make: bool = True
