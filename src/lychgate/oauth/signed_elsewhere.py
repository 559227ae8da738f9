"""A JWT whose key is somewhere else (RFC 7515 3.1 and 5.1): in an agent, say, that signs what it is given."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from . import jose


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: jose.Key, by: Callable[[bytes], bytes]) -> str:
    """The JWT in compact form; ``by`` answers the signature of its argument, ``key`` is the public part.

    Raises ``BadJwt`` where what came is no signature by that key.
    """
    text = b".".join(_part(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    token = (text + b"." + _part(by(text))).decode("ascii")
    jose.verify(token, [key], [header["alg"]])
    return token


def _part(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
