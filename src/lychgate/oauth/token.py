"""Token requests and replies (RFC 6749 4.3, 4.4, 5.1, 6)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import scope as scopes

_OURS = ("access_token", "token_type", "expires_in", "expires_at", "scope", "refresh_token", "id_token")


def request_fields(
    grant_type: str, scope: Sequence[str] = (), resource: Sequence[str] = (), **fields: str
) -> dict[str, str]:
    """The form of a token request; a parameter without a value is left out (RFC 6749 3.2)."""
    made = {"grant_type": grant_type, **fields, "scope": scopes.join(scope), "resource": " ".join(resource)}
    return {name: value for name, value in made.items() if value}


@dataclass(frozen=True, slots=True)
class Reply:
    """A token reply as read. ``expires_in`` in seconds and ``expires_at`` in epoch seconds of the *server's* clock.

    Both are None where the reply names none that makes sense; ``scope`` is None where it is the scope asked for.
    """

    access_token: str = field(repr=False)
    token_type: str
    expires_in: float | None
    expires_at: float | None
    scope: tuple[str, ...] | None
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_reply(body: object) -> Reply:
    """A 200 reply's JSON. Raises ``ValueError`` where it holds no token that could be sent."""
    if not isinstance(body, dict):
        raise ValueError("the reply is not a JSON object")
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise ValueError("the reply has no access_token")
    kind = body.get("token_type", "Bearer")
    if not isinstance(kind, str) or not kind:
        raise ValueError("the reply's token_type is not a text")
    return Reply(
        access,
        kind,
        seconds(body.get("expires_in")),
        moment(body.get("expires_at")),
        tuple(body["scope"].split()) if isinstance(body.get("scope"), str) else None,
        _text(body.get("refresh_token")),
        _text(body.get("id_token")),
        {name: value for name, value in body.items() if name not in _OURS},
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def seconds(value: object) -> float | None:
    """A lifetime in seconds, also from a number in a string; below zero is zero, over ten years is none."""
    number = finite(value)
    if number is None or number > 10 * 366 * 86400:
        return None
    return max(0.0, number)


def moment(value: object) -> float | None:
    """An epoch time in seconds, from a number, a number in a string, or an ISO 8601 time with a zone."""
    number = finite(value)
    if number is not None:
        return number if 0 < number < 1e11 else None
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.timestamp() if read.tzinfo else None


def finite(value: object) -> float | None:
    """The number that a reply holds, also as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def reply(
    access_token: str,
    expires_in: int,
    scope: Sequence[str],
    refresh_token: str | None = None,
    token_type: str = "Bearer",
    **extra: Any,
) -> dict[str, Any]:
    """The JSON object of a 200 reply; ``expires_in`` is the token's full life in seconds."""
    made: dict[str, Any] = {"access_token": access_token, "token_type": token_type, "expires_in": expires_in}
    if scope:
        made["scope"] = scopes.join(scope)
    if refresh_token:
        made["refresh_token"] = refresh_token
    return made | extra
