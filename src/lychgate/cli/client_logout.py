"""Options that say what a client hears of logouts, and where it may lead people after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from lychgate.oauth.logout_metadata import OPTIONS, Option


def logout_options() -> list[Callable[..., Any]]:
    """The options, as ``client add`` and ``client edit`` have them."""
    return [_option(one) for one in OPTIONS]


def _option(one: Option) -> Callable[..., Any]:
    flag = one.name.replace("_", "-")
    if one.kind == "flag":
        return click.option(f"--{flag}/--no-{flag}", default=None, help=one.help)
    if one.kind == "urls":
        again = f"{one.help} May be repeated."
        return click.option(f"--{flag.removesuffix('s')}", one.name, metavar="URL", multiple=True, help=again)
    return click.option(f"--{flag}", metavar="URL", help=one.help)


def logout_changes(given: dict[str, Any]) -> dict[str, Any]:
    """The members of ``Client.extra`` that were given; None for what is to go."""
    return {one.name: _read(one, given[one.name]) or None for one in OPTIONS if given[one.name] not in (None, ())}


def _read(one: Option, value: Any) -> Any:
    if one.kind != "urls":
        return value
    return list(dict.fromkeys(word for text in value for word in text.split()))
