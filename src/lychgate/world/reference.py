"""What travels to another process in place of a credential: a profile's name, and how it was opened. Never a secret."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


def refer(make: Callable[..., T], profile: str | None, given: dict[str, Any] | None) -> tuple[Any, ...]:
    """For ``__reduce__``: have ``make`` open the profile there, with what was ``given`` here.

    Raises ``TypeError`` for an object made in code, whose secrets would have to travel, and for what only this process
    has (a store or a wire of one's own).
    """
    if profile is None:
        raise TypeError(
            "an Auth object made in code is not pickled, since secrets would travel with it; "
            "pass a profile's name and call lychgate.auth(name) where it is used"
        )
    found = {name: value for name, value in (given or {}).items() if value is not None}
    for name in ("store", "wire"):
        if not isinstance(found.get(name, ""), str | os.PathLike):
            raise TypeError(
                f"an Auth object with a {name} of its own is not pickled; "
                f"call lychgate.auth({profile!r}, {name}=...) where it is used"
            )
    if "origins" in found:
        found["origins"] = (found["origins"],) if isinstance(found["origins"], str) else tuple(found["origins"])
    return (partial(make, **found) if found else make, (profile,))
