"""My clients and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlencode

from .paths import PATHS
from .scopes import Power
from .view import Program, View


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
    """A client that belongs to the person. ``ends_at`` is the end of its last secret, None for no end.

    ``key`` is what its buttons post as ``id``, the client's own id where it is empty.
    """

    id: str
    name: str
    made_at: int
    used_at: int | None = None
    ends_at: int | None = None
    active: bool = True
    key: str = ""

    @property
    def remove(self) -> str:
        """The path of the page that asks whether to remove it."""
        return f"{PATHS['client_remove']}?{urlencode({'id': self.key or self.id})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A program that the person has allowed ``powers``. Its button posts ``id`` to the path "program_withdraw"."""

    id: str
    program: Program
    powers: tuple[Power, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token that the person had issued for programs (UNICORE). Its button posts ``id`` to the path "issued_revoke".

    ``preferences`` are the login and groups that it is bound to, empty for none.
    """

    id: str
    made_at: int
    ends_at: int
    used_at: int | None = None
    address: str = ""
    renewable: bool = False
    limited: bool = False
    preferences: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyClients(View):
    """All that can act for this person. ``may_make``: a button leads to a new client."""

    template: ClassVar[str] = "mine.html"
    navigation: ClassVar[bool] = True

    sessions: tuple[Session, ...] = ()
    programs: tuple[Allowed, ...] = ()
    clients: tuple[OwnClient, ...] = ()
    issued: tuple[Issued, ...] = ()
    may_make: bool = True
