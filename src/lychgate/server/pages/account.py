"""My account: what a person proves herself with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .view import Person, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """``name`` as the person gave it. Its button posts ``id`` to the path "passkey_remove"."""

    id: str
    name: str
    made_at: int
    used_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SshKey:
    """A public key for UNICORE: ``kind`` as "ED25519", ``fingerprint`` as "SHA256:...", ``name`` its comment."""

    id: str
    name: str
    kind: str
    fingerprint: str
    made_at: int
    used_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(View):
    """Password, second factors, passkeys, recovery codes, keys.

    ``password_at``: when it was last changed (ms), None where there is no password. ``totp_at``: since when the code
    app is in use, or None. ``recovery_left`` of ``recovery_made`` codes are unused (0 of 0: none were made).
    ``unicore``: keys for UNICORE are shown at all.
    """

    template: ClassVar[str] = "account.html"
    navigation: ClassVar[bool] = True

    person: Person
    password_at: int | None = None
    totp_at: int | None = None
    passkeys: tuple[Passkey, ...] = ()
    recovery_left: int = 0
    recovery_made: int = 0
    keys: tuple[SshKey, ...] = ()
    unicore: bool = True
