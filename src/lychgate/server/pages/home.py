"""The page at the root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(View):
    """For a visitor: what this is and the way in; for a person logged in (``Frame.person``): where to go.

    ``needs_setup``: there is no administrator yet. ``documents``: the interactive documentation is served.
    ``sessions`` and ``clients`` count the person's own (0 for a visitor).
    """

    template: ClassVar[str] = "home.html"
    navigation: ClassVar[bool] = True

    needs_setup: bool = False
    documents: bool = True
    sessions: int = 0
    clients: int = 0
