"""The administration's page of one client: its settings, every endpoint to copy, and a preview of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .admin_clients import ClientRow
from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """One of a client's secrets, by its id alone. ``ends_at`` None: until it is rotated or removed."""

    id: str
    made_at: int
    ends_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What tokens of this client for ``user`` would hold, as JSON text with indents; nothing is minted or signed.

    An empty text means that there would be none (no openid scope, say). ``problem`` is a sentence: no such user, or the
    reason why this user would get no token.
    """

    user: str
    id_token: str = ""
    access_token: str = ""
    userinfo: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminClient(View):
    """A client. Each deed is a link to its confirm page ("admin_client_do": disable, enable, rotate-secret, log-out,
    remove).

    ``settings`` are (label, values) to read; ``endpoints`` are (label, URL) with the issuer first. The preview's user
    is sent by GET ``?user=``; ``preview`` None: nobody was chosen yet. ``program`` are the links that it registered.
    """

    template: ClassVar[str] = "admin_client.html"
    wide: ClassVar[bool] = True
    navigation: ClassVar[bool] = True

    client: ClientRow
    settings: tuple[tuple[str, tuple[str, ...]], ...]
    endpoints: tuple[tuple[str, str], ...]
    secrets: tuple[SecretRow, ...] = ()
    preview: Preview | None = None
