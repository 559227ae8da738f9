"""A press that destroys something asks once, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(View):
    """``question`` names the thing ("Remove the client “Reader”?"), ``consequence`` is what follows, in whole
    sentences, ``verb`` is on the button. Posts ``hidden`` to ``action``; ``back`` is the path to leave by.

    ``refused``: a sentence why it may not be done (the last administrator, say); then there is no button.
    """

    template: ClassVar[str] = "confirm.html"
    navigation: ClassVar[bool] = True

    question: str
    consequence: str
    verb: str
    action: str
    back: str
    danger: bool = True
    refused: str = ""

    @property
    def status(self) -> int:
        return 403 if self.refused else 200
