"""Logging in a device by its code (RFC 8628 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .paths import PATHS
from .scopes import Power
from .view import Person, Program, View, logos


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode(View):
    """Type the code that the device shows. Posts ``user_code`` to ``action``.

    ``code`` is prefilled where the person came by a link, and is confirmed all the same. ``state``: "first"; "wrong",
    which also stands for expired and used ones, so that nothing is learnt by guessing; "slowed", with ``wait`` seconds.
    """

    template: ClassVar[str] = "device_code.html"

    state: Literal["first", "wrong", "slowed"] = "first"
    code: str = ""
    wait: int = 0
    action: str = PATHS["device"]

    @property
    def status(self) -> int:
        return {"slowed": 429, "wrong": 403}.get(self.state, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAllow(View):
    """May the device that shows this code act for this person? Posts ``answer`` ("allow", "refuse") to ``action``.

    ``asked_at`` (ms) and ``asked_from`` (an address) tell where the request came from; a stranger's stands out.
    ``powers`` and ``resources`` as in ``consent.Allow``.
    """

    template: ClassVar[str] = "device_allow.html"

    code: str
    program: Program
    person: Person
    powers: tuple[Power, ...]
    asked_at: int
    asked_from: str
    resources: tuple[str, ...] = ()
    action: str = PATHS["device_allow"]
    switch: str = PATHS["switch"]

    @property
    def images(self) -> tuple[str, ...]:
        return logos(self.program)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDone(View):
    """What became of it."""

    template: ClassVar[str] = "device_done.html"

    program: Program
    allowed: bool
