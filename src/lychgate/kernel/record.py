"""What a store keeps under a key: one login's tokens, as plain JSON data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """``data`` is a JSON object. ``who`` and ``where`` (a login's owner and issuer) may be shown, ``data`` never."""

    data: dict[str, Any] = field(repr=False)
    who: str = ""
    where: str = ""
