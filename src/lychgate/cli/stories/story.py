"""What a story of the demo is: a function that plays it on a stage, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lychgate.kernel.errors import LychgateError

from .stage import Stage


class StepFailed(LychgateError):
    """A step did not do what it said."""


@dataclass(frozen=True, slots=True)
class Story:
    """A row of the table: its name, what it shows in a sentence, and how it is played."""

    name: str
    summary: str
    play: Callable[[Stage], None]


def expect(what: str, found: object, wanted: object) -> None:
    """Raise ``StepFailed`` unless ``found`` is ``wanted``."""
    if found != wanted:
        raise StepFailed(f"{what}: expected {wanted!r}, found {found!r}")
