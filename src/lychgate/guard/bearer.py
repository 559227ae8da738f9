"""The access token of a request (RFC 6750 2, RFC 9449 7.1): one, in the header field, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from .refusal import bad_request, invalid_token

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_MANY = re.compile(r"[\s,]")


def token_of(values: Iterable[str], query: str = "") -> tuple[str, bool] | None:
    """(token, whether its scheme is DPoP) of the ``Authorization`` fields; None for none, or another scheme.

    ``query`` is the request's: a token there is never read (RFC 9700 4.3.2), and refused beside one in the header.
    Raises ``Refusal``: 400 for more than one, 401 for what cannot be a token.
    """
    lines = list(values)
    if len(lines) > 1:
        raise bad_request("Authorization stands more than once")
    scheme, _, rest = (lines[0] if lines else "").strip().partition(" ")
    kind = scheme.lower()
    if kind not in ("bearer", "dpop"):
        return None
    if query and any(name == "access_token" for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise bad_request("the request carries access tokens in two ways; send one, in Authorization")
    return _token(rest.strip()), kind == "dpop"


def _token(text: str) -> str:
    if not text:
        raise invalid_token("the access token is empty")
    if _MANY.search(text):
        raise bad_request("Authorization holds more than one token")
    if not _TOKEN.fullmatch(text):
        raise invalid_token("this is not an access token")
    return text
