"""Whom a credential may reach: the origins that an object is bound to (RFC 6454), and never in clear text.

An object with no origins given binds itself to the origin of its first request.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Hashable, Iterable
from urllib.parse import urlsplit

from lychgate.kernel.errors import ConfigError, InsecureError
from lychgate.kernel.http import origin_of, require_secure

log = logging.getLogger("lychgate")

_PLAIN = re.compile(r"(?:[^\s\\/?#@\[\]]*@)?(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d*)?", re.IGNORECASE)
_DROPPED = {ord(sign): None for sign in "\t\r\n"}  # urlsplit passes over them, other readers do not
_WEB = {"ws": "http", "wss": "https"}
_REMEMBERED = 1000


def origin(url: str) -> str:
    """The origin of a URL as RFC 6454 4 writes it, the host in ASCII; ``ws`` counts as ``http``.

    Raises ``InsecureError`` for one that two libraries may read as two different hosts.
    """
    try:
        parts = urlsplit(url)
        netloc = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        scheme = _WEB.get(parts.scheme, parts.scheme)
        clear = url.translate(_DROPPED) == url
        if clear and scheme in ("http", "https") and _PLAIN.fullmatch(netloc):
            return origin_of(f"{scheme}://{netloc}")
    except ValueError:
        pass
    raise InsecureError("it is not clear to which host a URL leads; nothing was sent. Write it as https://host/path.")


class Origins:
    """``seen`` holds what the libraries' URLs begin with, once admitted: one look-up for each further request."""

    def __init__(self, given: Iterable[str] | None = None, allow_insecure: bool = False) -> None:
        self._allowed = None if given is None else frozenset(map(_given, [given] if isinstance(given, str) else given))
        self.allow_insecure = allow_insecure
        self._bound_by_itself = given is None
        self._binding = threading.Lock()
        self.seen: set[Hashable] = set()

    def admit(self, url: str, key: Hashable = None) -> None:
        """Let a request of the caller's go to ``url``, and all that begin with ``key`` from now on.

        Raises ``InsecureError`` before anything is sent: to a strange origin, or in clear text.
        """
        wanted = origin(url)
        require_secure(wanted, "The credential", self.allow_insecure)
        if wanted not in self._bound_to(wanted):
            raise InsecureError(self._refusal(wanted))
        if key is not None:
            if len(self.seen) >= _REMEMBERED:
                self.seen.clear()
            self.seen.add(key)

    def hold(self, url: str) -> bool:
        """Whether the credential may go to ``url``, where a redirect leads, say; nothing is bound by asking."""
        try:
            wanted = origin(url)
            require_secure(wanted, "The credential", self.allow_insecure)
        except InsecureError:
            return False
        return self._allowed is not None and wanted in self._allowed

    @property
    def bound(self) -> bool:
        """Whether it is settled whom it may reach."""
        return self._allowed is not None

    def _bound_to(self, wanted: str) -> frozenset[str]:
        with self._binding:
            if self._allowed is None:
                self._allowed = frozenset([wanted])
                log.info("This credential goes to %s from now on, and nowhere else (origins= names others).", wanted)
            return self._allowed

    def _refusal(self, wanted: str) -> str:
        assert self._allowed is not None
        bound = ", ".join(sorted(self._allowed)) or "no origin at all"
        why = " by its first request" if self._bound_by_itself else ""
        both = ", ".join(f'"{known}"' for known in sorted(self._allowed | {wanted}))
        return (
            f"This credential is bound to {bound}{why} and was about to go to {wanted}; nothing was sent. "
            f"If it belongs there as well, say so: origins=[{both}]."
        )

    def __str__(self) -> str:
        if self._allowed is None:
            return "the origin of the first request"
        return ", ".join(sorted(self._allowed)) or "no origin"


def _given(text: str) -> str:
    try:
        found, parts = origin(text), urlsplit(text)
    except (InsecureError, ValueError, AttributeError):
        raise ConfigError(f"{text!r} is no origin; write it as https://host", field="origins") from None
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(f"an origin has only scheme, host and port: {found}", field="origins")
    return found
