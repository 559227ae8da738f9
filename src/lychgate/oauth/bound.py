"""Sender-bound tokens: the claim ``cnf`` (RFC 7800 3.1) with ``jkt`` (RFC 9449 6.1) or ``x5t#S256`` (RFC 8705 3.1).

A token that has one is worth nothing without the key: whoever takes it asks for the proof, or refuses it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JKT = "jkt"
X5T = "x5t#S256"
LENGTH = 43  # characters of a SHA-256 in base64url


@dataclass(frozen=True, slots=True)
class Binding:
    """What a token is bound to: a key by its thumbprint ``jkt``, a certificate by ``x5t``, or both. False for neither.

    Said of a request: what its sender has proved to hold.
    """

    jkt: str | None = None
    x5t: str | None = None

    def __bool__(self) -> bool:
        return self.jkt is not None or self.x5t is not None

    def claim(self) -> dict[str, str] | None:
        """The value of ``cnf``; None where the token is bound to nothing."""
        made = {JKT: self.jkt, X5T: self.x5t}
        return {name: value for name, value in made.items() if value is not None} or None

    def fits(self, proved: Binding) -> bool:
        """Whether whoever proved ``proved`` may use a token that is bound to this."""
        return self.jkt in (None, proved.jkt) and self.x5t in (None, proved.x5t)

    @property
    def names(self) -> tuple[str, ...]:
        """How each of what it holds is kept as one text, best first."""
        return tuple(filter(None, (self.jkt, self.x5t and f"{X5T}={self.x5t}")))

    def opens(self, kept: str | None) -> bool:
        """Whether whoever proved this may use what ``kept``, one of ``names``, is written beside; None is for all."""
        return kept is None or kept in self.names


NOTHING = Binding()


def certificate_thumbprint(der: bytes) -> str:
    """The ``x5t#S256`` of a certificate in DER: base64url of its SHA-256 (RFC 8705 3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def is_thumbprint(text: object) -> bool:
    """Whether it can be a SHA-256 in base64url (a ``dpop_jkt``, say)."""
    return isinstance(text, str) and len(text) == LENGTH and text.isascii() and set(text) <= _ALPHABET


def read(claims: Mapping[str, Any]) -> Binding:
    """What a token's claims (or an introspection answer) say it is bound to.

    Raises ``ValueError`` where it is bound in a way that nothing here can check (RFC 7800 3.1 has others): such a
    token must be refused, for to pass over its ``cnf`` would make anybody its owner.
    """
    found = claims.get("cnf")
    if found is None:
        return NOTHING
    if not isinstance(found, dict) or not {JKT, X5T} & found.keys():
        raise ValueError("the token is bound to its sender in a way that is not known here")
    if not all(is_thumbprint(found[name]) for name in (JKT, X5T) if name in found):
        raise ValueError("the token's cnf holds no thumbprint")
    return Binding(found.get(JKT), found.get(X5T))


_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
