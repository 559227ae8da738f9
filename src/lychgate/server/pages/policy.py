"""The headers of a page, its Content Security Policy above all (CSP Level 3).

Chromium holds a page's ``form-action`` against every redirect that follows the form, to the last hop: with 'self' alone
a log-in that ends at the program's redirect URI is cut off, and with that URI's origin alone so is a program whose own
page redirects once more (tried: 156). A policy cannot name an IPv6 address either. So a page whose form may lead out
allows the scheme of where it leads, and every other page nothing but ourselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from .view import View

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOST = re.compile(r"[a-z0-9.-]+")
_SCRIPTED = {"javascript", "data", "vbscript", "file", "blob", "about"}


def headers(view: View) -> dict[str, str]:
    """What is sent with ``view``: ``Retry-After`` too where it says for how many seconds (``wait``) to wait."""
    wait = getattr(view, "wait", 0)
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": content_security_policy(view),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # with no-referrer a browser sends "Origin: null" with our own forms
        "Cache-Control": "no-store",
    } | ({"Retry-After": str(wait)} if wait else {})


def content_security_policy(view: View) -> str:
    directives = {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", *_once(image_source(url) for url in view.images)],
        "script-src": ["'self'"] if view.scripts else ["'none'"],
        "form-action": ["'self'", *_once(form_target(url) for url in view.leads_to)],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def form_target(url: str) -> str:
    """The scheme source that lets a form's answer lead to ``url``. Raises ``ValueError`` for one that runs a script."""
    scheme = urlsplit(url).scheme.lower()
    if not _SCHEME.fullmatch(scheme) or scheme in _SCRIPTED:
        raise ValueError("a page may not lead to a URL of this scheme")
    return f"{scheme}:"


def image_source(url: str) -> str:
    """The origin of an https image; all of https where the host cannot be written in a policy."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host):
        return "https:"
    return f"https://{host}" + (f":{parts.port}" if parts.port else "")


def _once(sources: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sources))
