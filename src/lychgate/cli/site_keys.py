"""The keys that sign a UNICORE site's tokens, as ``lychgate keys`` lists and rotates them with ``--unicore``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .opening import actor
from .output import short, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.facades.unicore.identity import Identity

COLUMNS = {"dn": "NAME", "state": "STATE", "signs_from": "SIGNS FROM"}


async def listed(engine: Engine) -> list[dict[str, Any]]:
    """The site's keys in their order, each with its certificate (PEM)."""
    from lychgate.server.facades.unicore import succession

    all, now = await succession.every(engine), engine.clock()
    current = succession.signing(all, now).dn if all else ""
    return [_described(one, "signs" if one.dn == current else _state(one, now)) for one in all]


def show(keys: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(keys)
        return
    rows = [one | {"signs_from": short(one["signs_from"])} for one in keys]
    show_table(rows, COLUMNS, empty="The UNICORE site has no key yet; the first request to it makes one.")


async def rotate(engine: Engine, at_once: bool) -> None:
    from lychgate.server.facades.unicore import succession

    made = await succession.rotate(engine, actor(), at_once=at_once)
    click.echo(
        f"Made a key for the UNICORE site, {made.dn}; it signs from {when(made.signs_from)}.\n"
        "A site that trusts this one must by then trust this name too: see the certificate in\n"
        "lychgate keys list --unicore --json, or at the site's /rest/core/certificate?next=true"
    )


def _state(identity: Identity, now: int) -> str:
    return "published" if identity.signs_from > now else "kept"


def _described(identity: Identity, state: str) -> dict[str, Any]:
    return {
        "dn": identity.dn,
        "state": state,
        "signs_from": when(identity.signs_from) if identity.signs_from else None,
        "expires": identity.expires.isoformat(),
        "certificate": identity.certificate,
    }
