"""Who is calling: what a handler behind the guard gets to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, read off a token that has been verified.

    ``subject`` is the token's ``sub``, ``client`` the program that holds it; the two are never mixed up: a user named
    like a client is still a user. ``user_id`` is whom the token acts for, empty where for nobody. ``expires_at`` is
    epoch seconds, ``claims`` are all that the token says.
    """

    subject: str
    client: str
    issuer: str
    user_id: str = ""
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    expires_at: float = 0.0
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The principal of verified claims (RFC 9068 2.2, and ``roles`` and ``groups`` of RFC 9068 2.2.3.1)."""
    scope = claims.get("scope")
    return Principal(
        subject=str(claims["sub"]),
        client=str(claims.get("client_id", "")),
        issuer=str(claims.get("iss", "")),
        user_id=str(claims.get("user_id", "")),
        scopes=frozenset(scope.split() if isinstance(scope, str) else ()),
        roles=_words(claims.get("roles")),
        groups=_words(claims.get("groups")),
        expires_at=float(claims.get("exp", 0)),
        claims=claims,
    )


def _words(value: object) -> frozenset[str]:
    return frozenset(word for word in value if isinstance(word, str)) if isinstance(value, list) else frozenset()
