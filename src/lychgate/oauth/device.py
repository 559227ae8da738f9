"""The device authorization grant (RFC 8628): the request, the reply, the codes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from . import scope as scopes
from .token import seconds

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 6.1: no vowels, so no words; no digits to mistake for letters
INTERVAL = 5  # seconds between two polls where the server names none
SLOWER = 5  # seconds that slow_down adds (RFC 8628 3.5)


def new_user_code() -> str:
    """Eight letters of ``ALPHABET`` in two groups: 34 bits, for a code that lives minutes and allows few tries."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def fold_user_code(typed: str) -> str:
    """What a person typed, as the codes are compared: letters alone, in upper case (RFC 8628 6.1)."""
    return "".join(c for c in typed.upper() if c in ALPHABET)


def request_fields(scope: Sequence[str] = (), resource: str = "", **fields: str) -> dict[str, str]:
    made = {**fields, "scope": scopes.join(scope), "resource": resource}
    return {name: value for name, value in made.items() if value}


@dataclass(frozen=True, slots=True)
class Started:
    """What the server answered (RFC 8628 3.2); ``expires_in`` and ``interval`` in seconds."""

    device_code: str = field(repr=False)
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: float
    interval: float


def read_reply(body: object) -> Started:
    """The reply's JSON. Raises ``ValueError`` where something that is needed is missing."""
    if not isinstance(body, dict):
        raise ValueError("the reply is not a JSON object")
    needed = {name: body.get(name) for name in ("device_code", "user_code", "verification_uri")}
    for name, value in needed.items():
        if not isinstance(value, str) or not value:
            raise ValueError(f"the reply has no {name}")
    complete = body.get("verification_uri_complete")
    for text in (needed["user_code"], needed["verification_uri"], complete):
        if isinstance(text, str) and not text.isprintable():
            raise ValueError("what a person is to see has characters that cannot be shown")
    return Started(
        str(needed["device_code"]),
        str(needed["user_code"]),
        str(needed["verification_uri"]),
        complete if isinstance(complete, str) else None,
        seconds(body.get("expires_in")) or 600.0,
        seconds(body.get("interval")) or INTERVAL,
    )


def reply(device_code: str, user_code: str, page: str, expires_in: int, interval: int = INTERVAL) -> dict[str, Any]:
    """The JSON object that starts a device login; ``page`` is where the person goes."""
    return {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{urlencode({'user_code': user_code})}",
        "expires_in": expires_in,
        "interval": interval,
    }
