"""The person, looked for when there is something to ask: most programs never ask."""

from __future__ import annotations

from typing import Any

from lychgate.kernel.errors import ConfigError


class Somebody:
    """``interaction`` as ``person`` takes it, ``command`` as well. Raises ``ConfigError`` for another word."""

    def __init__(self, interaction: str, command: str) -> None:
        if interaction not in ("auto", "never", "always"):
            raise ConfigError(f'interaction is "auto" or "never", not {interaction!r}', field="interaction")
        self._interaction, self._command = interaction, command

    def __getattr__(self, name: str) -> Any:
        from .person import person

        return getattr(person(self._interaction, command=self._command), name)
