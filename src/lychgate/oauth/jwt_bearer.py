"""The JWT bearer grant (RFC 7523 2.1, 3): its name, and what an assertion must say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .client_auth import problem_of
from .error import OAuthError

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TYPES = (None, "JWT", "authorization-grant+jwt")


def require(header: Mapping[str, Any], claims: Mapping[str, Any], audiences: tuple[str, ...], now: float) -> str:
    """Check a *verified* assertion; answers its ``jti``, which may be used once.

    ``audiences`` are the issuer and our token URLs, ``now`` epoch seconds. Raises ``OAuthError`` invalid_grant.
    """
    problem = "" if header.get("typ") in TYPES else "typ must be JWT or authorization-grant+jwt"
    problem = problem or ("" if isinstance(claims.get("sub"), str) and claims["sub"] else "sub is missing")
    problem = problem or problem_of(claims, audiences, now)
    if problem:
        raise OAuthError("invalid_grant", f"assertion: {problem}")
    return str(claims["jti"])
