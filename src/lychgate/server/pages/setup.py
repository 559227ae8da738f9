"""The first administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .paths import PATHS
from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp(View):
    """Make the first administrator. Posts ``secret``, ``name``, ``email``, ``password`` to ``action``.

    ``problem``: "secret" (not the one that the start printed), "email" (no address), "password" (shorter than
    ``shortest`` characters), "slowed" (with ``wait`` seconds). ``name`` and ``email`` are what was typed.
    """

    template: ClassVar[str] = "setup.html"

    shortest: int
    problem: Literal["", "secret", "email", "password", "slowed"] = ""
    name: str = ""
    email: str = ""
    wait: int = 0
    action: str = PATHS["setup"]

    @property
    def status(self) -> int:
        return {"": 200, "secret": 403, "slowed": 429}.get(self.problem, 400)
