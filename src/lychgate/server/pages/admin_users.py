"""The administration's users: the list, one of them, and the form that makes and changes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .admin_sessions import SessionRow
from .clients import Issued
from .view import Pager, View


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A user in a list. ``used_at`` is the last login (ms)."""

    id: str
    name: str
    email: str
    active: bool = True
    superuser: bool = False
    used_at: int | None = None
    made_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUsers(View):
    """Users, newest first. ``query`` as sent by GET ``?q=``."""

    template: ClassVar[str] = "admin_users.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    rows: tuple[UserRow, ...]
    pager: Pager
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUser(View):
    """A user. Each deed is a link to its confirm page ("admin_user_do": disable, enable, promote, demote, log-out,
    remove, forget-factors, revoke-tokens).

    ``last_administrator``: may be neither disabled nor demoted nor removed, and the page says so. ``proofs`` are what
    the user proves herself with, in words. ``clients`` are (id, name) of those that the user owns, ``choices`` what she
    may choose on a supercomputer, by kind.
    """

    template: ClassVar[str] = "admin_user.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    user: UserRow
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    verified: bool = False
    proofs: tuple[str, ...] = ()
    sessions: tuple[SessionRow, ...] = ()
    clients: tuple[tuple[str, str], ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    issued: tuple[Issued, ...] = ()
    last_administrator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUserForm(View):
    """Make a user (``id`` empty) or change one. Posts ``email``, ``name``, ``password`` (empty: none, or as before),
    ``roles``, ``groups`` and the four of ``choices`` (words with spaces between them) to ``action``. ``problem`` is a
    sentence about ``wrong``.
    """

    template: ClassVar[str] = "admin_user_form.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    action: str
    id: str = ""
    email: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    problem: str = ""
    wrong: Literal["", "email", "name", "password", "roles", "groups", "choices"] = ""

    @property
    def status(self) -> int:
        return 400 if self.problem else 200
