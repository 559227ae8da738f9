"""Token revocation (RFC 7009): the request."""

from __future__ import annotations


def request_fields(token: str, hint: str = "") -> dict[str, str]:
    return {"token": token} | ({"token_type_hint": hint} if hint else {})
