"""Token introspection (RFC 7662): the request, the answer, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .bound import JKT

INACTIVE: Mapping[str, Any] = {"active": False}
_SHOWN = (
    "iss sub aud client_id scope exp iat nbf jti user_id roles groups uid group role supplementary_groups cnf "
    "act auth_time acr username"
).split()


def request_fields(token: str, hint: str = "access_token") -> dict[str, str]:
    return {"token": token, "token_type_hint": hint}


def token_type(claims: Mapping[str, Any]) -> str:
    """The type of an access token with these claims (RFC 6749 5.1): ``DPoP`` if it is bound to a key."""
    return "DPoP" if "cnf" in claims and JKT in claims["cnf"] else "Bearer"


def active(claims: Mapping[str, Any], kind: str = "") -> dict[str, Any]:
    """The answer for a live token: what RFC 7662 2.2 names and what its audience needs to decide."""
    return {"active": True, "token_type": kind or token_type(claims)} | {
        name: claims[name] for name in _SHOWN if name in claims
    }


def read_answer(body: object) -> dict[str, Any] | None:
    """The claims of an active token, None for an inactive one. Raises ``ValueError`` for what is no answer."""
    if not isinstance(body, dict) or not isinstance(body.get("active"), bool):
        raise ValueError("not an introspection answer (RFC 7662 2.2): no boolean active")
    return body if body["active"] else None
