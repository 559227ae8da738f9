"""A person's name and password as HTTP Basic credentials (RFC 7617), as a server reads them."""

from __future__ import annotations

import base64
import binascii


def read(authorization: str | None) -> tuple[str, str] | None:
    """(name, password); None where the header holds no such credentials, or one of the two is empty."""
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        raw = base64.b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):  # no base64, no ASCII
        return None
    name, colon, password = _text(raw).partition(":")
    return (name, password) if colon and name and password else None


def _text(raw: bytes) -> str:
    """UTF-8 where it is, else Latin-1, which some clients still send (RFC 7617 2.1)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
