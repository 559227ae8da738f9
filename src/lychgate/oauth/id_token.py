"""ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.7): the claims that are minted, and the claims that are required."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from .access_token import NotAccepted

KEYCLOAK_TYP = "ID"  # the claim by which Keycloak's tell themselves from its access tokens
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def half_hash(value: str, alg: str) -> str:
    """``at_hash`` or ``c_hash`` of a value: the left half of its hash (Core 3.1.3.6); EdDSA uses SHA-512."""
    digest = _HASHES.get(alg[-3:], hashlib.sha512)(value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def claims(
    *,
    issuer: str,
    subject: str,
    client_id: str,
    now: int,
    lifetime: int,
    auth_time: int | None = None,
    nonce: str | None = None,
    at_hash: str | None = None,
    sid: str | None = None,
    acr: str | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """The claims of an ID token issued at ``now`` (epoch seconds) for ``lifetime`` seconds; None is left out."""
    made = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": now,
        "exp": now + lifetime,
        "auth_time": auth_time,
        "nonce": nonce,
        "at_hash": at_hash,
        "sid": sid,
        "acr": acr,
        **extra,
    }
    return {name: value for name, value in made.items() if value is not None}


def require(
    found: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str | None, now: float, leeway: float = 30
) -> None:
    """Check the claims of a *verified* ID token (Core 3.1.3.7). Raises ``NotAccepted``."""
    if found.get("iss") != issuer:
        raise NotAccepted("the id_token is from another issuer")
    aud = found.get("aud")
    named = [aud] if isinstance(aud, str) else aud
    if not isinstance(named, list) or client_id not in named:
        raise NotAccepted("the id_token is for another client")
    if len(named) > 1 and found.get("azp") != client_id:
        raise NotAccepted("the id_token names several audiences and another authorized party")
    exp = found.get("exp")
    if isinstance(exp, bool) or not isinstance(exp, int | float) or exp + leeway <= now:
        raise NotAccepted("the id_token has expired")
    if nonce is not None and found.get("nonce") != nonce:
        raise NotAccepted("the id_token has another nonce than our request")
    if not isinstance(found.get("sub"), str):
        raise NotAccepted("the id_token has no sub")
