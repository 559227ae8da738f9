"""The steps that a person takes from "my account": a name, a password, a code app, recovery codes, a passkey, a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .paths import PATHS
from .qr import Qr
from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(View):
    """A step that can fail: ``problem`` is a sentence that says what to do, or nothing."""

    navigation: ClassVar[bool] = True

    problem: str = ""

    @property
    def status(self) -> int:
        return 400 if self.problem else 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeName(Step):
    """Posts ``name`` (as it is now, or as it was typed) to ``action``."""

    template: ClassVar[str] = "name.html"

    name: str
    action: str = PATHS["name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword(Step):
    """Posts ``password`` (the one in force, where ``has_one``) and ``new`` to ``action``.

    ``wrong`` names the field that ``problem`` is about.
    """

    template: ClassVar[str] = "password.html"

    shortest: int
    has_one: bool = True
    wrong: Literal["", "password", "new"] = ""
    name: str = ""
    action: str = PATHS["password"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTotp(Step):
    """Scan, then prove it. Posts ``code`` to ``action``. ``secret`` is base32 in groups, ``qr`` of the otpauth URL."""

    template: ClassVar[str] = "totp.html"

    secret: str = field(repr=False)
    qr: Qr = field(repr=False)
    action: str = PATHS["totp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes(View):
    """The new codes, once; none (``codes`` empty): make them, by a post to ``action``. ``left``: unused old ones."""

    template: ClassVar[str] = "recovery.html"
    navigation: ClassVar[bool] = True

    codes: tuple[str, ...] = field(default=(), repr=False)
    left: int = 0
    action: str = PATHS["recovery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPasskey(Step):
    """Posts ``name`` and ``credential`` (JSON of the reply) to ``action``.

    ``options`` is the JSON of PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3).
    """

    template: ClassVar[str] = "passkey.html"

    options: str
    name: str = ""
    action: str = PATHS["passkey"]

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("passkey.js",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFactor(Step):
    """Asks for the password once more. Posts ``password`` and ``hidden`` to ``action``; ``what`` is "the code app"."""

    template: ClassVar[str] = "factor_remove.html"

    what: str
    consequence: str
    action: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSshKey(Step):
    """Posts ``key`` (a line as in ``id_ed25519.pub``) and ``name`` to ``action``; ``key`` is what was typed."""

    template: ClassVar[str] = "ssh_key.html"

    key: str = ""
    name: str = ""
    action: str = PATHS["ssh_key"]
