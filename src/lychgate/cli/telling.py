"""Commands for callers tell OpenTelemetry what they send, where ``OTEL_TRACES_EXPORTER`` names who takes it.

Without the ``otel`` extra, or that variable, nothing of it is loaded. ``serve`` has a setting of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import Row

VARIABLE = "OTEL_TRACES_EXPORTER"
SERVICE = "lychgate-command"


def begun(commands: Mapping[str, Row], arguments: Sequence[str]) -> Callable[[], object]:
    """Set it up for the command that ``arguments`` name; what is answered sends what is left, at the end."""
    if os.environ.get(VARIABLE, "") in ("", "none"):
        return _nothing
    name = next((one for one in arguments if one in commands), "")
    if not name or commands[name].audience != "callers":
        return _nothing
    from lychgate.world.telemetry import export

    return _nothing if export.problem() else export.set_up(SERVICE)


def _nothing() -> None:
    pass
