"""Who is calling: what a handler behind the guard gets to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, read off a token that has been verified.

    ``subject`` is the token's ``sub``, ``client`` the program that holds it; the two are never mixed up: a user named
    like a client is still a user. ``user_id`` is whom the token acts for, empty where for nobody. ``roles`` are those
    that hold everywhere, ``client_roles`` those at one client (Keycloak's ``resource_access``), by its id.
    ``expires_at`` is epoch seconds, ``claims`` are all that the token says.
    """

    subject: str
    client: str
    issuer: str
    user_id: str = ""
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    client_roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    expires_at: float = 0.0
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def actors(self) -> tuple[str, ...]:
        """The ``sub`` of each one who acts for the subject (RFC 8693 4.1), latest first; none: they act themselves."""
        found, link = [], self.claims.get("act")
        while isinstance(link, dict):
            found.append(_text(link.get("sub")))
            link = link.get("act")
        return tuple(found)


def principal_of(
    claims: Mapping[str, Any], issuer: str = "", client_claim: str = "client_id", scope_claim: str = "scope"
) -> Principal:
    """The principal of verified claims (RFC 9068 2.2 and 2.2.3.1, Keycloak's ``realm_access``, ``resource_access``).

    ``client_claim`` is where this issuer names the client; no other claim is ever taken for it. ``scope_claim`` holds
    the scopes, as a text or, as some issuers have it, as a list.
    """
    scope, realm = claims.get(scope_claim), _words(_inner(claims.get("realm_access"), "roles"))
    return Principal(
        subject=_text(claims.get("sub")),
        client=_text(claims.get(client_claim)),
        issuer=issuer or _text(claims.get("iss")),
        user_id=_text(claims.get("user_id")),
        scopes=frozenset(scope.split()) if isinstance(scope, str) else _words(scope),
        roles=_words(claims.get("roles")) | realm,
        groups=_words(claims.get("groups")),
        client_roles=_client_roles(claims.get("resource_access")),
        expires_at=float(claims.get("exp", 0)),
        claims=claims,
    )


def _client_roles(access: object) -> dict[str, frozenset[str]]:
    if not isinstance(access, dict):
        return {}
    return {str(client): _words(_inner(entry, "roles")) for client, entry in access.items()}


def _inner(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(value: object) -> frozenset[str]:
    return frozenset([word for word in value if isinstance(word, str)]) if isinstance(value, list) else _NONE


_NONE: frozenset[str] = frozenset()
