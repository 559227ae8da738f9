"""The administration's clients: the list, and the form that makes and changes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .view import Pager, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """A client in a list. ``owner`` is its user's name, ``issuer`` the realm (empty: the main issuer)."""

    id: str
    name: str
    owner: str = ""
    issuer: str = ""
    active: bool = True
    public: bool = False
    registered_by_itself: bool = False
    used_at: int | None = None
    made_at: int = 0
    ends_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminClients(View):
    """Clients, newest first. ``query`` as sent by GET ``?q=``."""

    template: ClassVar[str] = "admin_clients.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    rows: tuple[ClientRow, ...]
    pager: Pager
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A box to tick: ``value`` is sent, ``label`` is read."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a client registers about itself. ``kind`` is url, flag (ticked where ``value``) or urls (one a line)."""

    name: str
    kind: str
    label: str
    hint: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminClientForm(View):
    """Make a client (``id`` empty) or change one.

    Posts ``name``, ``grants`` and ``methods`` (each repeated), ``redirect_uris`` (one a line), ``scopes``, ``groups``
    (words with spaces between them), ``audiences``, ``resources`` (one a line), ``lifetime`` (seconds, or empty) and
    each of ``options`` by its name to ``action``. ``problem`` is a sentence about the field named ``wrong``.
    """

    template: ClassVar[str] = "admin_client_form.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    action: str
    grants: tuple[Choice, ...]
    methods: tuple[Choice, ...]
    id: str = ""
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    lifetime: int | None = None
    options: tuple[Option, ...] = ()
    problem: str = ""
    wrong: str = ""

    @property
    def status(self) -> int:
        return 400 if self.problem else 200
