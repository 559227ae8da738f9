"""Tables of kinds: a name, and where its class is; nothing is imported before it is asked for.

Packages of others add theirs by entry points, through the same look-up; a name of ours is never replaced.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Table:
    """``kind`` in the singular (``source``); the entry point group is ``lychgate.sources``."""

    def __init__(self, kind: str, ours: Mapping[str, str]) -> None:
        self.kind, self.ours = kind, dict(ours)
        self._added: dict[str, Any] = {}

    def find(self, name: str) -> Any:
        """What stands under ``name``.

        Raises ``ConfigError`` with the nearest name for one that is not there, and for one that cannot be loaded.
        """
        if name in self._added:
            return self._added[name]
        if name in self.ours:
            module, _, attribute = self.ours[name].partition(":")
            return getattr(import_module(module), attribute)
        theirs = self._theirs()
        check_names([name], {**theirs, **self._added, **self.ours}, what=self.kind)
        return self._loaded(theirs[name])

    def __iter__(self) -> Iterator[str]:
        return iter({**self.ours, **self._added, **self._theirs()})

    def add(self, name: str, what: Any) -> None:
        """Have ``find`` answer ``what``, in this process. Raises ``ConfigError`` for a name that is taken."""
        held = self._added.get(name)
        again = held is not None and (held.__module__, held.__qualname__) == (what.__module__, what.__qualname__)
        if name in self.ours or (held is not None and not again):
            raise ConfigError(f'there is a {self.kind} "{name}" already; choose another name', field="name")
        self._added[name] = what

    def _theirs(self) -> dict[str, EntryPoint]:
        from importlib.metadata import entry_points

        return {point.name: point for point in entry_points(group=f"lychgate.{self.kind}s")}

    def _loaded(self, point: EntryPoint) -> Any:
        package = f" of the package {point.dist.name}" if point.dist else ""
        try:
            found = point.load()
        except Exception as error:  # a package of others: whatever its import does, the rest of ours goes on
            why = f"{type(error).__name__}: {error}"
        else:
            if callable(found) and (dataclasses.is_dataclass(found) or not isinstance(found, type)):
                return found
            why = "it is no dataclass" if self.kind != "preset" else "it cannot be called"
        raise ConfigError(f'the {self.kind} "{point.name}"{package} ({point.value}) cannot be used: {why}')
