"""Scopes (RFC 6749 3.3): words of printable ASCII, without quote and backslash, with single spaces between them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .error import OAuthError

_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}")
LONGEST = 100  # scopes in one request


def parse(text: str) -> tuple[str, ...]:
    """The scopes in order, each once. Raises ``OAuthError`` invalid_scope for what RFC 6749 3.3 does not allow."""
    words = [word for word in text.split(" ") if word]
    if len(words) > LONGEST or not all(_TOKEN.fullmatch(word) for word in words):
        raise OAuthError("invalid_scope", "scope must be words of printable ASCII with single spaces between them")
    return tuple(dict.fromkeys(words))


def join(scopes: Iterable[str]) -> str:
    return " ".join(scopes)


def narrow(asked: tuple[str, ...], allowed: Iterable[str]) -> tuple[str, ...]:
    """What is given for ``asked``: all that is allowed where nothing was asked for.

    Raises ``OAuthError`` invalid_scope where more was asked for than is allowed.
    """
    granted = tuple(allowed)
    surplus = [scope for scope in asked if scope not in granted]
    if surplus:
        raise OAuthError("invalid_scope", f"this client may not ask for: {join(surplus)[:200]}")
    return asked or granted
