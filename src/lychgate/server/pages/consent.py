"""Allowing a program to act, and the group that one must be in for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .paths import PATHS
from .scopes import Power
from .view import Person, Program, View, logos


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(View):
    """May this program act for this person? Posts ``answer`` ("allow" or "refuse") to ``action``.

    ``powers`` are what is new, ``known`` what it has been allowed before (none: it is here for the first time).
    ``goes_to`` is where the answer goes (``words.destination`` of the redirect URI); put that URI into ``leads_to``.
    ``resources`` are the APIs that the tokens are for. ``switch`` is where "Not you?" posts to.
    """

    template: ClassVar[str] = "allow.html"

    program: Program
    person: Person
    powers: tuple[Power, ...]
    goes_to: str
    known: tuple[Power, ...] = ()
    resources: tuple[str, ...] = ()
    action: str = PATHS["allow"]
    switch: str = PATHS["switch"]

    @property
    def images(self) -> tuple[str, ...]:
        return logos(self.program)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInGroup(View):
    """This program is for certain groups, and the person is in none of them.

    ``groups`` any of which would do; ``ask`` is whom to ask for it (as ``Frame.contact``, which stands in for it).
    ``back`` is the program's own https page, or nothing; ``switch`` is where "Not you?" posts to.
    """

    template: ClassVar[str] = "not_in_group.html"

    program: Program
    person: Person
    groups: tuple[str, ...]
    ask: str = ""
    back: str = ""
    switch: str = PATHS["switch"]

    @property
    def status(self) -> int:
        return 403

    @property
    def images(self) -> tuple[str, ...]:
        return logos(self.program)
