"""A token that something else on this machine looks after: read, never renewed, and never kept a second time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Now

from .moment import at_path, ends_at
from .token import Token

TOKENS = ("access_token", "token", "status.token", "id_token")
ENDS = ("expires_at", "expires_in", "expiry", "expiration", "expires_on", "status.expirationTimestamp")


class Local:
    """Subclass with ``_read``. The last token goes on serving while a new look at it fails."""

    kept: ClassVar[bool] = False  # in no store: it stands where it comes from
    look_again: ClassVar[float] = 1.0  # seconds after which it is read again, since it may have been replaced

    def _read(self) -> Flow[Token]:
        raise NotImplementedError

    def obtain(self) -> Flow[Token]:
        """Raises ``Unavailable`` where there is none, ``ConfigError`` for what is no token."""
        return self._read()

    def renew(self, token: Token) -> Flow[Token]:
        return self._read()


def token_from(text: str, what: str, path: str = "", expiry: str = "") -> Flow[Token]:
    """The token in ``text``: the text itself, or what stands in its JSON object.

    ``path`` and ``expiry`` say where (with dots); without them the usual names are tried. The end of a JWT is its own.
    Raises ``ConfigError``, which repeats nothing of it.
    """
    now = yield from Now()
    body = _object(text)
    if body is None and path:
        raise ConfigError(f"{what} is no JSON object, in which a token could stand at {path}", field="token")
    found = text.strip() if body is None else _first(body, [path] if path else TOKENS)
    if not isinstance(found, str) or not found.strip():
        raise ConfigError(f"{what} holds no token{f' at {path}' if path else ''}", field="token")
    found = found.strip()
    if not all(0x20 < ord(c) < 0x7F for c in found):
        raise ConfigError(f"{what} holds something with blanks or signs that no token has", field="token")
    end = None if body is None else ends_at(_first(body, [expiry] if expiry else ENDS), now)
    return Token(Secret(found), expires_at=_own_end(found) if end is None else end, issued_at=now)


def _object(text: str) -> Mapping[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first(body: Mapping[str, Any], paths: tuple[str, ...] | list[str]) -> Any:
    return next((found for path in paths if (found := at_path(body, path)) is not None), None)


def _own_end(token: str) -> float | None:
    if token.count(".") != 2:
        return None
    from lychgate.oauth import jose

    try:
        end = jose.peek(token)[1].get("exp")
    except jose.BadJwt:
        return None
    if isinstance(end, bool) or not isinstance(end, int | float):
        return None
    return float(end) if math.isfinite(end) else None
