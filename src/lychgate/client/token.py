"""Tokens as the client holds them (RFC 6749 5.1), made of a reply, kept as a record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.record import Record
from lychgate.kernel.secret import Secret

if TYPE_CHECKING:
    from lychgate.issuer.token import Granted

BOUND = "DPoP"  # the type of a token that is bound to a key


@dataclass(frozen=True, slots=True)
class Token:
    """A token that may be sent. ``expires_at`` is epoch seconds by our own clock, None where the issuer named no end.

    ``refresh`` is the refresh token, kept with the login and never sent to an API. ``issued_at`` is when it came.
    ``key`` is the private key that a token of the type DPoP is bound to (RFC 9449).
    """

    access: Secret
    type: str = "Bearer"
    expires_at: float | None = None
    scope: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    refresh: Secret | None = field(default=None, repr=False)
    issued_at: float = 0.0
    key: Secret | None = field(default=None, repr=False)

    def bare(self) -> str:
        """The token's text, for whoever can do nothing but send it. Raises ``ConfigError`` for one that is bound."""
        if self.type != BOUND:
            return self.access.reveal()
        raise ConfigError(
            "this token is bound to a key (DPoP): each request needs a proof of its own, so the token alone cannot be "
            "used. Let Lychgate send the request: lychgate call, lychgate proxy, or lychgate.auth(...) in Python.",
            field="dpop",
        )

    def valid_for(self, now: float | None = None) -> float:
        """Seconds of life that are left (negative: it has ended; infinite: it names no end)."""
        if self.expires_at is None:
            return float("inf")
        return self.expires_at - (time.time() if now is None else now)


def token_of(granted: Granted, asked: tuple[str, ...] = (), key: Secret | None = None) -> Token:
    """The token of a reply; its scope is the one ``asked`` for where the reply names none (RFC 6749 5.1).

    ``key`` is what it is bound to.
    """
    reply = granted.reply
    extra = dict(reply.extra)
    if reply.id_token:
        Secret(reply.id_token)  # from now on masked in logs
        extra["id_token"] = reply.id_token
    return Token(
        Secret(reply.access_token),
        "Bearer" if key is None else BOUND,
        granted.expires_at,
        asked if reply.scope is None else reply.scope,
        extra,
        Secret(reply.refresh_token) if reply.refresh_token else None,
        granted.received_at,
        key,
    )


def to_record(token: Token, who: str, where: str) -> Record:
    """What a store keeps of a token."""
    data = {
        "access": token.access.reveal(),
        "type": token.type,
        "expires_at": token.expires_at,
        "scope": list(token.scope),
        "extra": dict(token.extra),
        "refresh": token.refresh.reveal() if token.refresh else None,
        "issued_at": token.issued_at,
        "key": token.key.reveal() if token.key else None,
    }
    return Record(data, who, where)


def from_record(record: Record | None) -> Token | None:
    """The token in a record; None for no record and for one that holds none."""
    data = record.data if record else {}
    access, refresh, scope, extra, key = (data.get(name) for name in ("access", "refresh", "scope", "extra", "key"))
    if not isinstance(access, str) or not access:
        return None
    return Token(
        Secret(access),
        str(data.get("type", "Bearer")),
        _number(data.get("expires_at")),
        tuple(str(word) for word in scope) if isinstance(scope, list) else (),
        extra if isinstance(extra, dict) else {},
        Secret(refresh) if isinstance(refresh, str) and refresh else None,
        _number(data.get("issued_at")) or 0.0,
        Secret(key) if isinstance(key, str) and key else None,
    )


def newest(one: Token | None, other: Token | None) -> Token | None:
    """The later one: what could not be kept is in memory alone."""
    if one is None or other is None:
        return one or other
    return other if other.issued_at > one.issued_at else one


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
