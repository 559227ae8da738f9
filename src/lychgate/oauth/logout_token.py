"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6): the claims that are made, and those required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .access_token import NotAccepted

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
FIELD = "logout_token"  # of the form that carries it


def claims(
    *,
    issuer: str,
    client_id: str,
    now: int,
    lifetime: int,
    jti: str,
    subject: str | None = None,
    sid: str | None = None,
) -> dict[str, Any]:
    """The claims of a logout token made at ``now`` (epoch seconds) for ``lifetime`` seconds.

    ``sid`` names the session that ended; without one all sessions of ``subject`` have.
    """
    made = {
        "iss": issuer,
        "aud": client_id,
        "iat": now,
        "exp": now + lifetime,
        "jti": jti,
        "events": {EVENT: {}},
        "sub": subject,
        "sid": sid,
    }
    return {name: value for name, value in made.items() if value is not None}


def require(
    header: Mapping[str, Any], found: Mapping[str, Any], *, issuer: str, client_id: str, now: float, leeway: float = 30
) -> None:
    """Check a *verified* logout token as its receiver does (2.6). Raises ``NotAccepted``."""
    aud = found.get("aud")
    if header.get("typ") not in (TYP, f"application/{TYP}", None) or not _is_logout(found.get("events")):
        raise NotAccepted("this is no logout token")
    if found.get("iss") != issuer or client_id not in ([aud] if isinstance(aud, str) else aud or ()):
        raise NotAccepted("the logout token is from another issuer, or for another client")
    if "nonce" in found:
        raise NotAccepted("a logout token has no nonce")
    if not any(isinstance(found.get(name), str) for name in ("sub", "sid")):
        raise NotAccepted("the logout token says neither who was logged out nor of which session")
    exp = found.get("exp")
    if isinstance(exp, bool) or not isinstance(exp, int | float) or exp + leeway <= now:
        raise NotAccepted("the logout token has expired")


def _is_logout(events: Any) -> bool:
    return isinstance(events, dict) and isinstance(events.get(EVENT), dict)
