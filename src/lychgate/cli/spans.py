"""Spans of time as a person types them (``10m``, ``48h``) and reads them (``12 min``)."""

from __future__ import annotations

import re
import time
from datetime import datetime

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d+)\s*([smhd]?)")


def span(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """A callback for an option: the seconds of ``90``, ``90s``, ``10m``, ``48h``, ``30d``."""
    found = _SPAN.fullmatch(value.strip().lower())
    if found is None:
        raise click.BadParameter(f"{value!r} is no span of time; write 90s, 10m, 48h or 30d")
    return float(int(found[1]) * _UNITS[found[2] or "s"])


def duration(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """The same for how long something takes: 0 where nothing is said, and refused where somebody says it."""
    seconds = span(ctx, param, value)
    said = ctx.get_parameter_source(param.name or "") is not click.core.ParameterSource.DEFAULT
    if said and not seconds:
        raise click.BadParameter("a job of no time needs no token; write 10m, 48h or 30d")
    return seconds


def typed(seconds: float) -> str:
    """``48h``, ``10m``, ``90s``: a span as an option takes it."""
    unit = next(unit for unit in "hms" if seconds % _UNITS[unit] == 0 or unit == "s")
    return f"{seconds / _UNITS[unit]:.0f}{unit}"


def shown(seconds: float) -> str:
    """``40 s``, ``12 min``, ``21 h``, ``9 days``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds <= 172_800 else f"{seconds / 86400:.0f} days"


def left(until: float | None) -> str:
    """The time to an epoch second, ``expired`` when it has passed; a token that names no end has none."""
    if until is None:
        return "no end"
    seconds = until - time.time()
    return shown(seconds) if seconds > 0 else "expired"


def day(epoch: float) -> str:
    """The local date of an epoch second; what is no time that a calendar has is told as far off."""
    try:
        return datetime.fromtimestamp(epoch).astimezone().strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return "far off"
