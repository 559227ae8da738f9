"""``cwt.Domain`` and ``cwt.Dimension``: which part of the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import CWTError, MissingRequiredKeyError
from .parameter import Parameter


@dataclass(frozen=True)
class CRS:
    """What the numbers of a dimension mean."""

    name: str

    def __str__(self) -> str:
        return self.name


VALUES, INDICES, TIMESTAMPS = CRS("values"), CRS("indices"), CRS("timestamps")


class Dimension(Parameter):
    """From ``start`` to ``end``, each ``step``-th, in the units of ``crs``."""

    def __init__(self, name: str, start: Any, end: Any, crs: CRS = VALUES, step: Any = None) -> None:
        super().__init__(name)
        self.start, self.end, self.crs, self.step = start, end, crs, 1 if step is None else step

    @classmethod
    def from_dict(cls, data: dict[str, Any], name: str) -> Dimension:
        """Raises ``MissingRequiredKeyError``."""
        try:
            return cls(name, data["start"], data["end"], CRS(data["crs"]), data.get("step"))
        except KeyError as error:
            raise MissingRequiredKeyError(error.args[0]) from None

    @classmethod
    def from_single_index(cls, name: str, value: int, step: Any = None) -> Dimension:
        return cls(name, value, value, INDICES, step)

    @classmethod
    def from_single_value(cls, name: str, value: Any, step: Any = None) -> Dimension:
        return cls(name, value, value, VALUES, step)

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "step": self.step, "crs": self.crs.name}

    def __repr__(self) -> str:
        return f"Dimension({self.name!r}, {self.start!r}, {self.end!r}, {self.crs.name}, step={self.step!r})"


class Domain(Parameter):
    """Some dimensions: ``Domain([Dimension("lat", -90, 90)])``, or ``Domain(lat=(-90, 90), time=slice(0, 365))``.

    A tuple is from, to and step in the units of the data; a slice counts indices. Raises ``CWTError`` for others.
    """

    def __init__(
        self,
        dimensions: Iterable[Dimension] | None = None,
        mask: Any = None,
        name: str | None = None,
        **named: tuple[Any, ...] | slice,
    ) -> None:
        super().__init__(name)
        self.mask = mask
        self.dimensions = [*(dimensions or ()), *(_dimension(key, given) for key, given in named.items())]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Domain:
        """Raises ``MissingRequiredKeyError``."""
        if "id" not in data:
            raise MissingRequiredKeyError("id")
        found = [Dimension.from_dict(said, key) for key, said in data.items() if key not in ("id", "mask")]
        return cls(found, data.get("mask"), data["id"])

    def get_dimension(self, names: str | Iterable[str]) -> Dimension | None:
        wanted = [names] if isinstance(names, str) else list(names)
        return next((found for found in self.dimensions if found.name in wanted), None)

    def add_dimension(self, dimension: Dimension) -> None:
        self.dimensions.append(dimension)

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"id": self.name, **{one.name: one.to_dict() for one in self.dimensions}}
        if self.mask:
            found["mask"] = self.mask.to_dict() if hasattr(self.mask, "to_dict") else self.mask
        return found

    def __repr__(self) -> str:
        return f"Domain({self.dimensions!r}, mask={self.mask!r}, name={self.name!r})"


def _dimension(name: str, given: Any) -> Dimension:
    if isinstance(given, slice):
        return Dimension(name, given.start, given.stop, INDICES, given.step)
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise CWTError(f"the dimension {name} is (from, to), (from, to, step) or a slice, not {given!r}")
    crs = TIMESTAMPS if isinstance(given[0], str) else VALUES
    return Dimension(name, given[0], given[1], crs, given[2] if len(given) == 3 else None)
