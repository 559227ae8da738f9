"""What the text of a credential's field may be. A check raises ``ValueError`` with the rest of "the field must ..."."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lychgate.client.static import is_header_name

Check = Callable[[Any], None]


def header_name(text: str) -> None:
    """The name of a header field (RFC 9110 5.1)."""
    if not is_header_name(text):
        raise ValueError("be the name of a header field")


def header_line(text: str) -> None:
    """``Name:Value``, or nothing (RFC 9110 5.5)."""
    name, colon, value = text.partition(":")
    if text and not (colon and is_header_name(name.strip()) and value.isprintable() and text.isascii()):
        raise ValueError("be Name:Value, as in X-Sample-Header:Sample Value")


def template(text: str) -> None:
    """A header's value with the place of the token in it."""
    if text.count("{}") != 1 or not text.isprintable() or not text.isascii():
        raise ValueError('have one {}, where the token goes, as in "Bearer {}"')


def selector(text: str) -> None:
    """A path with dots."""
    if not text or not all(text.split(".")):
        raise ValueError("be a path in the reply, as in access_token or data.token")


def object_text(text: str) -> None:
    """A JSON object, or nothing."""
    if text:
        read_object(text)


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in a field, empty for nothing. Raises ``ValueError``."""
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError('be a JSON object, as in {"name": "value"}')
    return found


def printable(text: str) -> None:
    """One line of text."""
    if not text.isprintable():
        raise ValueError("be one line of text")


def host(text: str) -> None:
    """A host's name or address, or nothing."""
    try:
        parts = urlsplit(f"//[{text}]" if text.count(":") > 1 else f"//{text}")
        whole = not text or (bool(parts.hostname) and parts.port is None and parts.netloc.strip("[]") == text)
    except ValueError:
        whole = False
    if not whole or any(sign.isspace() or sign == "@" for sign in text):
        raise ValueError("be a host's name or address alone: the port has a field of its own")


def port(number: float) -> None:
    """A TCP port."""
    if not (isinstance(number, int) and 0 < number < 65536):
        raise ValueError("be a port from 1 to 65535")


def positive(number: float) -> None:
    """A number of seconds."""
    if not 0 <= number < float("inf"):
        raise ValueError("be a number of seconds, 0 or more")


def flat(values: Mapping[str, Any]) -> bool:
    """Whether a form or a query can carry the values: texts and numbers alone."""
    return all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values.values())
