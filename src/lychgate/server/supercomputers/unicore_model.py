"""What the server keeps for UNICORE, as plain data. Times are epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that a person had made for programs; ``id`` is its ``jti``. Where there is no row, it was revoked.

    ``origin`` is the first of those that were made one by the other: they are revoked together.
    ``preferences`` are frozen in it (empty: none), ``renew_until`` is the end of all that is made with a renewable one.
    It ends with what it was asked for with: ``family`` and ``client`` are that login, where it was a program's;
    ``stands_on`` names the person's key ("key", a fingerprint) or the trusted service ("service").
    """

    id: str
    origin: str
    issuer: str
    user: str
    created_at: int
    expires_at: int
    renewable: bool = False
    limited: bool = False
    preferences: str = ""
    renew_until: int | None = None
    family: str | None = None
    client: str | None = None
    address: str = ""
    seen_at: int | None = None
    stands_on: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RestSession:
    """A security session, by the SHA-256 of its id: ``proof`` is what the caller had shown when it began."""

    digest: bytes = field(repr=False)
    user: str
    created_at: int
    expires_at: int
    proof: dict[str, Any] = field(default_factory=dict)
