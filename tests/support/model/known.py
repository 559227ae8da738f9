"""What the oracle knows: written from the RFCs and the design, with nothing of the server in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lychgate.server.model import Client, User

from .world import ABSOLUTE, IDLE, Visitor


@dataclass
class Person:
    row: User
    visitor: Visitor
    active: bool = True
    in_group: bool = True
    ended: int = -1  # the step at which all that was given before died


@dataclass
class Program:
    row: Client
    secret: str | None
    limited: bool
    active: bool = True
    writes: bool = True
    ended: int = -1

    @property
    def scope(self) -> set[str]:
        return {"read", "write"} if self.writes else {"read"}


@dataclass
class Family:
    program: Program
    person: Person
    scope: set[str]
    began: int  # step
    made: int  # ms
    tokens: list[str]
    rotated: int
    revoked: bool = False

    def over(self, now: int) -> bool:
        return self.revoked or now >= min(self.made + 1000 * ABSOLUTE, self.rotated + 1000 * IDLE)


@dataclass
class Access:
    text: str
    family: Family
    step: int
    ends: int  # seconds


@dataclass
class Code:
    text: str
    program: Program
    person: Person
    scope: set[str]
    step: int
    made: int
    family: Family | None = None


@dataclass
class Device:
    code: str
    link: str
    program: Program
    scope: set[str]
    made: int
    state: str = "waiting"
    person: Person | None = None
    decided: int = -1
    interval: int = 5
    polled: int = 0


@dataclass
class Known:
    persons: list[Person] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)


def may(program: Program, person: Person, given: int) -> bool:
    """May ``program`` go on for ``person`` with what was given at this step?"""
    in_group = person.in_group or not program.limited
    return program.active and person.active and in_group and given > max(person.ended, program.ended)
