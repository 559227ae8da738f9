"""``cwt``'s named things: what a process is told beside its inputs."""

from __future__ import annotations

import uuid
from typing import Any


class Parameter:
    """``name`` is what others refer to it by; without one it gets one of its own."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or str(uuid.uuid4())


class NamedParameter(Parameter):
    """``NamedParameter("axes", "lat", "lon")``: on the wire its values are joined by ``|``."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name)
        self.values = [str(value) for value in values]

    @classmethod
    def from_string(cls, name: str, values: str) -> NamedParameter:
        return cls(name, *values.split("|"))

    def to_dict(self) -> dict[str, str]:
        return {self.name: "|".join(self.values)}

    def __repr__(self) -> str:
        return f"NamedParameter(name={self.name!r}, values={self.values!r})"


class Gridder(Parameter):
    """``Gridder(grid="gaussian~32")``: onto which grid, with which tool and method."""

    def __init__(self, tool: str = "regrid2", method: str = "linear", grid: Any = "T85") -> None:
        super().__init__("gridder")
        self.tool, self.method, self.grid = tool, method, grid

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Gridder:
        return cls(**{key: data[key] for key in ("tool", "method", "grid") if key in data})

    def to_dict(self) -> dict[str, Any]:
        return {"tool": self.tool, "method": self.method, "grid": getattr(self.grid, "name", self.grid)}

    def __repr__(self) -> str:
        return f"Gridder(tool={self.tool!r}, method={self.method!r}, grid={self.grid!r})"
