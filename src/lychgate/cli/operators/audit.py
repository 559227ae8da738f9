"""``lychgate audit``: who got which token how."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.opening import on_engine, people
from lychgate.cli.output import cell, json_option, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import AuditRow

POLL = 0.5  # seconds between two looks for new rows
_AGO = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
COLUMNS = {
    "time": "TIME",
    "event": "EVENT",
    "outcome": "OUTCOME",
    "client": "CLIENT",
    "user": "USER",
    "grant": "GRANT",
    "address": "FROM",
    "detail": "DETAIL",
}


def _since(ctx: click.Context, param: click.Parameter, value: str | None) -> int:
    """Epoch ms for ``2h``, ``7d`` ago, or a date and time (UTC unless it says otherwise)."""
    if value is None:
        return 0
    found = _AGO.fullmatch(value)
    try:
        if found:
            return int((datetime.now(UTC).timestamp() - int(found[1]) * _SECONDS[found[2]]) * 1000)
        given = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise click.BadParameter("a time like 2026-05-01T12:00, or how long ago like 30m, 2h, 7d") from None
    return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp() * 1000)


@click.command()
@click.option("--client", default="", help="Only rows of this client id.")
@click.option("--user", default="", metavar="WHO", help="Only rows of this person (e-mail address, name or id).")
@click.option("--event", default="", help="Only this event, for example token or client.add.")
@click.option("--since", callback=_since, metavar="TIME", help="Only from then on: 30m, 2h, 7d, or 2026-05-01T12:00.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Newest rows to show.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@json_option
@on_engine
async def command(
    engine: Engine, client: str, user: str, event: str, since: int, limit: int, follow: bool, as_json: bool
) -> None:
    """Read who got which token how, oldest first. Rows never hold a secret or a token.

    \b
    Examples:
      lychgate audit --since 2h
      lychgate audit --client robot --json
      lychgate audit -f --event token
    """
    chosen: dict[str, Any] = {"client": client, "user": await _id_of(engine, user), "event": event}
    rows = await engine.store.audit(since=since, limit=limit, **chosen)
    if not follow:
        await _show(engine, rows, as_json)
        return
    last = max((row.id for row in await engine.store.audit(limit=1)), default=0)
    while True:
        for row in rows:
            _show_line(row, as_json)
            last = max(last, row.id)
        await asyncio.sleep(POLL)
        rows = await engine.store.audit(after=last, since=since, limit=1000, **chosen)


async def _id_of(engine: Engine, who: str) -> str:
    """A person's id, also of one who is no longer there."""
    from lychgate.server.people import accounts
    from lychgate.server.stores.store import Missing

    try:
        return (await accounts.find(engine, who)).id if who else ""
    except Missing:
        return who


def _described(row: AuditRow) -> dict[str, Any]:
    return {"time": when(row.at)} | asdict(row)


def _line(row: AuditRow) -> dict[str, Any]:
    detail = " ".join(f"{name}={value}" for name, value in row.detail.items())
    return _described(row) | {"detail": detail}


async def _show(engine: Engine, rows: list[AuditRow], as_json: bool) -> None:
    if as_json:
        show_json([_described(row) for row in rows])
        return
    names = await people(engine, [row.user for row in rows])
    lines = [_line(row) | {"user": names.get(row.user or "")} for row in rows]
    show_table(lines, COLUMNS, empty="No rows.")


def _show_line(row: AuditRow, as_json: bool) -> None:
    """One row as it comes: an object of JSON a line, or words."""
    import json

    line = _line(row)
    click.echo(
        json.dumps(_described(row)) if as_json else "  ".join(cell(line[key]) for key in COLUMNS if line[key]),
    )
