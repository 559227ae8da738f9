"""Logging in: name and password, then a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .paths import PATHS
from .view import Program, View, logos

Factor = Literal["totp", "passkey", "recovery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn(View):
    """Name or e-mail, and password. Posts ``name``, ``password`` to ``action``.

    ``program`` asked for the login (None: the person came by herself); ``name`` is prefilled (login_hint, or what was
    typed). ``state``: "first"; "wrong" (the same for a name that nobody has); "slowed", with ``wait`` in seconds;
    "locked" (only after the right password); "expired"; "again" where a fresh login is wanted, as ``name``;
    "passkey" where one was shown that is not known.
    ``device`` is the user code where a device asked. ``passkey`` is the JSON of the request options (WebAuthn Level 3,
    PublicKeyCredentialRequestOptionsJSON) where passkeys are offered: then a second form posts the reply's JSON in
    ``credential`` to ``passkey_action``.
    """

    template: ClassVar[str] = "login.html"

    state: Literal["first", "wrong", "slowed", "locked", "expired", "again", "passkey"] = "first"
    program: Program | None = None
    name: str = ""
    wait: int = 0
    device: str = ""
    passkey: str = ""
    action: str = PATHS["log_in"]
    passkey_action: str = PATHS["log_in_passkey"]

    @property
    def status(self) -> int:
        return {"slowed": 429, "wrong": 403, "locked": 403, "passkey": 403}.get(self.state, 200)

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("passkey.js",) if self.passkey else ()

    @property
    def images(self) -> tuple[str, ...]:
        return logos(self.program)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor(View):
    """One more proof. Posts ``code`` (and ``factor`` = ``using``) to ``action``, a passkey's reply in ``credential``.

    ``offers`` are the factors that this person has; each other one is a press that posts ``factor`` alone. ``state``
    as in ``LogIn``; ``used``: the code was right, but it has been used. ``passkey`` is the JSON of the request options
    where ``using`` is "passkey".
    """

    template: ClassVar[str] = "second_factor.html"

    using: Factor
    offers: tuple[Factor, ...]
    state: Literal["first", "wrong", "used", "slowed"] = "first"
    program: Program | None = None
    wait: int = 0
    passkey: str = ""
    action: str = PATHS["second_factor"]

    @property
    def status(self) -> int:
        return {"slowed": 429, "wrong": 403, "used": 403}.get(self.state, 200)

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("passkey.js",) if self.using == "passkey" else ()

    @property
    def images(self) -> tuple[str, ...]:
        return logos(self.program)
