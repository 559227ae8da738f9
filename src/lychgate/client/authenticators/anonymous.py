"""No credential at all."""

from __future__ import annotations

from dataclasses import dataclass

from .authenticator import Authenticator


@dataclass(frozen=True, eq=False)
class Anonymous(Authenticator):
    """Requests go as they are (and nothing from a ``.netrc`` is put on them)."""

    def standing(self) -> tuple[tuple[str, str], ...]:
        return ()
