"""The interface of a grant: a row that decides, and nothing else.

The token endpoint authenticates the client, asks the policy, keeps what is to be kept, mints and answers, once for all
grants, so that no grant can forget a rite.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from lychgate.oauth.bound import NOTHING, Binding
from lychgate.server.engine import Engine
from lychgate.server.exchange import Form
from lychgate.server.model import Client, Family, Issuer, User
from lychgate.server.signing.refresh_token import Refresh
from lychgate.server.stores.store import Audit


@dataclass(slots=True, eq=False)
class Request:
    """A token request whose client is known: ``proved`` says whether it proved who it is. ``now`` in ms.

    ``held`` is the key or certificate that the sender has proved to hold.
    """

    issuer: Issuer
    client: Client
    proved: bool
    form: Form
    now: int
    held: Binding = NOTHING


@dataclass(frozen=True, slots=True)
class Start:
    """A login that a person began in a browser: its family's id, and how the family is taken, by exactly one caller.

    ``refreshable``: the client gets refresh tokens for it; ``extra`` is what ID tokens say; ``auth_time`` and
    ``given_at``, when the person allowed it, in ms.
    """

    family: str
    take: Callable[[Family, int, Audit], Awaitable[bool]]
    refreshable: bool
    session: str | None
    auth_time: int
    extra: dict[str, Any]
    given_at: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a token takes over from those that it is given for (RFC 8693).

    ``ends`` is the latest that it may end, in epoch seconds; ``act`` is who acts; ``family`` is the login whose end
    ends it too; ``targets`` are what it is to be for (None: what the request says); ``given_at`` in ms is when the
    first of them was given; ``type`` is its kind, as the answer says; ``detail`` is for the audit log.
    """

    ends: float | None = None
    act: dict[str, Any] | None = None
    family: str | None = None
    targets: tuple[str, ...] | None = None
    given_at: int | None = None
    type: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Decision:
    """For whom a token is: ``user`` is the person it acts for, ``subject`` its ``sub``.

    ``scope`` and ``audience`` are the widest that it may have, None for all that the client has. ``login`` is whether a
    new login starts, whose refresh tokens the client then gets; ``family`` and ``refresh`` are those that go on;
    ``start`` is a login that began in a browser; ``exchanged`` is what it takes over from another token.
    """

    subject: str
    user: User | None
    scope: tuple[str, ...] | None = None
    audience: tuple[str, ...] | None = None
    login: bool = False
    family: Family | None = None
    refresh: Refresh | None = None
    start: Start | None = None
    exchanged: Exchanged | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A row of the table: the ``grant_type``, the parameters it reads, and how it decides.

    ``decide`` raises ``OAuthError`` to refuse. ``needs_client`` is False where a facade lets it go without.
    """

    name: str
    parameters: tuple[str, ...]
    decide: Callable[[Engine, Request], Awaitable[Decision]]
