"""What sources read on this machine: files, variables, commands, agents.

Flows do no I/O, so ``world`` fills the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Call

doors: dict[str, Callable[..., Any]] = {}
"""``variable``, ``file``, ``command``, ``bearer`` and ``agent`` answer texts, ``ssh_agent`` bytes.

Each raises ``Unavailable`` for what is not there."""


def read(door: str, *args: Any) -> Flow[str]:
    """What the machine says; in a thread where an event loop would be held up."""
    text: str = yield from Call(through, (door, *args))
    return text


def through(door: str, *args: Any) -> Any:
    """What the machine answers, in the calling thread."""
    try:
        how = doors[door]
    except KeyError:
        raise ConfigError(f"nothing here reads a {door}; use lychgate.auth", field=door) from None
    return how(*args)
