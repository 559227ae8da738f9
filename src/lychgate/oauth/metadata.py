"""Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0): where it is and what is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


def addresses(issuer: str) -> list[str]:
    """Where an issuer's document may be, in the order to try: both path forms (RFC 8414 3.1 and 5)."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    paths = [path + OPENID, OAUTH + path, OPENID + path]
    unique = list(dict.fromkeys(paths))
    return [urlunsplit((parts.scheme, parts.netloc, where, "", "")) for where in unique]


def paths(issuer_path: str) -> list[str]:
    """The paths at which a server answers for an issuer with this path ("" for none)."""
    path = issuer_path.rstrip("/")
    return list(dict.fromkeys([path + OPENID, path + OAUTH, OAUTH + path, OPENID + path]))


def read(body: object, issuer: str) -> Mapping[str, Any]:
    """The document, if it is that of ``issuer`` byte for byte (RFC 8414 3.3). Raises ``ValueError``."""
    if not isinstance(body, dict):
        raise ValueError("the metadata is not a JSON object")
    if body.get("issuer") != issuer:
        raise ValueError(f"the metadata names another issuer ({str(body.get('issuer'))[:200]!r}, not {issuer!r})")
    return body
