"""The SQL as text, compiled beforehand from ``sql/``: a worker needs no SQLAlchemy (20 MB, 0.2 s).

``python -m lychgate.server.stores.sql`` writes the files; a test fails where they are not what ``sql/`` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

_MARK = "-- "


class Text(NamedTuple):
    """SQL for one driver, and the names of the values in the order of its placeholders."""

    sql: str
    names: tuple[str, ...]

    def pick(self) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
        """What takes the values by name and puts them in order."""
        if len(self.names) > 1:
            return itemgetter(*self.names)
        return lambda values: [values[name] for name in self.names]


Ready = tuple[str, Callable[[Mapping[str, Any]], Sequence[Any]]]


AUDIT_FILTERS: tuple[str, ...] = ("since", "client", "user", "event")
CLIENT_FILTERS: tuple[str, ...] = ("issuer", "owner", "search")
LISTED_AUDIT: tuple[str, ...] = ("text", "event", "ok", "refused", "before")


def filtered(name: str, given: Mapping[str, Any]) -> str:
    """The name of the statement "NAME by ..." that filters by what is true in ``given``, in its order."""
    return " ".join((name, "by", *(key for key, value in given.items() if value)))


def place(database: str) -> Path:
    return Path(__file__).parent / "sql" / f"{database}.sql"


def load(database: str) -> dict[str, Ready]:
    """Every statement for "sqlite" or "postgresql" by its name: its SQL, and what puts its values in order."""
    read = place(database).read_text(encoding="utf-8")
    return {name: (text.sql, text.pick()) for name, text in _parse(read)}


def _parse(read: str) -> Iterator[tuple[str, Text]]:
    for part in read.split(f"\n\n{_MARK}")[1:]:
        head, _, sql = part.strip().partition("\n")
        name, _, names = head.partition(":")
        yield name, Text(sql, tuple(names.split()))


def dump(texts: Mapping[str, Text]) -> str:
    """The file for ``texts``: before each statement a line with its name and the names of its values in order."""
    parts = ["-- Compiled from the Python beside this file: change it there."]
    parts += [
        f"{_MARK}{name}: {' '.join(text.names)}".rstrip() + f"\n{_lines(text.sql)}" for name, text in texts.items()
    ]
    return "\n\n".join(parts) + "\n"


def _lines(sql: str) -> str:
    return "\n".join(line.strip() for line in sql.splitlines() if line.strip())
