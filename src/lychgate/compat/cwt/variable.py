"""``cwt.Variable``: a variable in a file."""

from __future__ import annotations

from typing import Any

from .errors import CWTError, MissingRequiredKeyError
from .parameter import Parameter


class Variable(Parameter):
    """``Variable("http://thredds/tas.nc", "tas")``; ``name`` is what processes refer to it by."""

    def __init__(
        self, uri: str, var_name: str, *, name: str | None = None, domain: Any = None, mime_type: str | None = None
    ) -> None:
        super().__init__(name)
        self.uri, self.var_name, self.domain, self.mime_type = uri, var_name, domain, mime_type

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Variable:
        """Raises ``MissingRequiredKeyError``, and ``CWTError`` for an id that is not ``variable|name``."""
        for key in ("uri", "id"):
            if key not in data:
                raise MissingRequiredKeyError(key)
        var_name, bar, name = str(data["id"]).partition("|")
        if not bar:
            raise CWTError(f"Could not split variable name and identifier from {data['id']!r}")
        return cls(data["uri"], var_name, name=name, domain=data.get("domain"), mime_type=data.get("mime_type"))

    def to_dict(self) -> dict[str, Any]:
        found = {"uri": self.uri, "id": f"{self.var_name}|{self.name}"}
        if self.domain is not None:
            found["domain"] = getattr(self.domain, "name", self.domain)
        if self.mime_type:
            found["mime_type"] = self.mime_type
        return found

    def __repr__(self) -> str:
        return f"Variable({self.uri!r}, {self.var_name!r}, name={self.name!r})"
