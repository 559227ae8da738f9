"""What a command prints: tables for people (plain in a pipe), and JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from lychgate.world.tty import shown

WHOLE = (
    "ID",
    "EMAIL",
    "TIME",
    "LAST USED",
    "CREATED",
    "PUBLISHED",
    "SIGNS FROM",
    "UNTIL",
    "REMOVED",
)  # columns that a narrow terminal does not break

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def say(text: str, *, err: bool = False) -> None:
    """Print ``text``, in which a server's or anybody's words may be: what a terminal would obey is replaced."""
    click.echo(shown(text), err=err)


def show_json(value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo("".join(char if char.isprintable() or char == "\n" else _escaped(char) for char in text))


def _escaped(char: str) -> str:
    """A character that a terminal would obey, as JSON writes it (RFC 8259 7)."""
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else json.dumps(char)[1:-1]


def show_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str = "") -> None:
    """``columns`` are the keys to show and their headings, in order; ``empty`` is said where there are no rows."""
    if not rows:
        click.echo(empty, err=True)
        return
    lines = [[cell(row.get(key)) for key in columns] for row in rows]
    if sys.stdout.isatty():
        _rich(list(columns.values()), lines)
    else:
        _plain(list(columns.values()), lines)


def cell(value: Any) -> str:
    """A value as a person reads it; what a terminal would take for a command is replaced."""
    if value is None or value in ("", (), []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    return "".join(char if char.isprintable() else "?" for char in text)


def short(time: str | None) -> str | None:
    """A time from ``when`` for a table: to the minute, without its marks."""
    return time and time[:16].replace("T", " ")


def when(at: int | None) -> str | None:
    """Epoch milliseconds as UTC time, to the second."""
    return None if not at else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(headings: list[str], lines: list[list[str]]) -> None:
    widths = [max(len(line[at]) for line in [headings, *lines]) for at in range(len(headings))]
    for line in [headings, *lines]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _rich(headings: list[str], lines: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    widths = [max(len(line[at]) for line in [headings, *lines]) for at in range(len(headings))]
    least = sum(2 + (width if heading in WHOLE else 8) for heading, width in zip(headings, widths, strict=True))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading in WHOLE and least <= console.width)
    for line in lines:
        table.add_row(*(Text(text) for text in line))
    console.print(table)
