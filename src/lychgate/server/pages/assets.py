"""The static files: read once, named by their content, so that a browser keeps them for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file. ``tag`` changes with its content: the page asks for ``name?v=tag``."""

    name: str
    media_type: str
    body: bytes = field(repr=False)
    tag: str = ""

    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": f"{self.media_type}; charset=utf-8",
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
            "ETag": f'"{self.tag}"',
        }


@cache
def assets() -> dict[str, Asset]:
    """All of them by name; a name that is not here is 404."""
    folder = files("lychgate.server") / "static"
    return {item.name: _asset(item.name, item.read_bytes()) for item in folder.iterdir() if _suffix(item.name) in TYPES}


def _asset(name: str, body: bytes) -> Asset:
    return Asset(name, TYPES[_suffix(name)], body, hashlib.sha256(body).hexdigest()[:12])


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]
