"""Which redirect URIs may be registered (RFC 6749 3.1.2, RFC 8252 7, RFC 9700 4.1.1)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lychgate.kernel.http import LOOPBACK_NAMES
from lychgate.oauth.error import OAuthError

LONGEST = 2000  # characters
_PLAIN = re.compile(r"[\x21-\x7E]+")  # RFC 3986: anything else is percent-encoded
_PRIVATE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # a scheme of an app's own is a reversed domain name


def check_redirect_uri(uri: str) -> None:
    """Raises ``OAuthError`` invalid_redirect_uri for a URI that no answer may be sent to."""
    why = _objection(uri)
    if why:
        raise OAuthError("invalid_redirect_uri", f"redirect URI {shown(uri)}: {why}")


def shown(text: str) -> str:
    """``text`` as a message may hold it: printable, and short."""
    return "".join(c if c.isprintable() else "?" for c in text[:200])


def _objection(uri: str) -> str:
    if len(uri) > LONGEST or not _PLAIN.fullmatch(uri):
        return f"at most {LONGEST} printable ASCII characters, no space among them"
    if "#" in uri:
        return "it must have no fragment (#...)"
    if "\\" in uri or "*" in uri:
        return "it is compared letter by letter: neither backslash nor wildcard"
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a URL"
    if "@" in parts.netloc:
        return "it must name no user"
    return _scheme_objection(parts.scheme, host, parts.netloc)


def _scheme_objection(scheme: str, host: str | None, netloc: str) -> str:
    if scheme in ("https", "http"):
        if not host:
            return "it names no host"
        if scheme == "http" and host not in LOOPBACK_NAMES:
            return "plain http is only for this machine itself (http://127.0.0.1, http://[::1], http://localhost)"
        return ""
    if _PRIVATE.fullmatch(scheme):
        return ""
    return "its scheme must be https, http on this machine, or an app's own with a dot in it (com.example.app:/...)"
