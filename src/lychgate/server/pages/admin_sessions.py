"""The administration's sessions and signing keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .paths import PATHS
from .view import Pager, View


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A login of ``user`` (name; ``user_id`` leads to the page), by ``program`` (empty: a browser's own)."""

    id: str
    user: str
    user_id: str
    address: str
    made_at: int
    program: str = ""
    used_at: int | None = None
    ends_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSessions(View):
    """Sessions, last used first. ``query`` as sent by GET ``?q=`` (a user, a program, an address)."""

    template: ClassVar[str] = "admin_sessions.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    rows: tuple[SessionRow, ...]
    pager: Pager
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A signing key. ``state``: "next" (published, to sign later), "signing", "kept" (its tokens may still live)."""

    kid: str
    alg: str
    state: Literal["next", "signing", "kept"]
    signs_from: int
    removed_at: int | None = None
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminKeys(View):
    """Signing keys, newest first. ``rotate`` is the path of the confirm page; ``jwks`` the URL where they stand."""

    template: ClassVar[str] = "admin_keys.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    rows: tuple[KeyRow, ...]
    jwks: str
    rotate: str = PATHS["admin_keys_rotate"]
