"""How a statement of SQLAlchemy Core becomes the text that a driver takes, once for each database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from sqlalchemy import BigInteger, Column, ColumnElement, Executable, Table, bindparam, insert, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import BindParameter, FunctionElement

from ..connection import CHANNEL
from ..texts import Text


class _Insert(Protocol):
    def __call__(self, table: Table) -> Any: ...


class Database(NamedTuple):
    """A dialect, and its INSERT: what to do on conflict is no part of the standard."""

    dialect: Dialect
    insert: _Insert


_SQLITE = sqlite.dialect(paramstyle="qmark")
_POSTGRESQL = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
DATABASES = {
    "sqlite": Database(_SQLITE, sqlite.insert),
    "postgresql": Database(_POSTGRESQL, postgresql.insert),
}
Statement: TypeAlias = Executable | Callable[[_Insert], Executable]


def text(statement: Statement, database: Database) -> Text:
    """Compile. Every value must be a named parameter: a constant is written with ``constant``."""
    made = statement if isinstance(statement, ClauseElement) else cast(Any, statement)(database.insert)
    compiled = cast(SQLCompiler, made.compile(dialect=database.dialect))
    stray = [name for name, bind in compiled.binds.items() if bind.value is not None]
    if stray:
        raise ValueError(f"a value stands in the statement: {stray} in {compiled}")
    return Text(str(compiled), tuple(compiled.positiontup or ()))


def constant(value: int) -> ColumnElement[int]:
    return literal_column(str(value), BigInteger)


def value(name: str) -> BindParameter[Any]:
    """The value named ``name``."""
    return bindparam(name)


LIMIT = value("limit")


def one(column: Column[Any], name: str) -> ColumnElement[bool]:
    """``column`` is the value named ``name``."""
    return column == value(name)


def add(table: Table, keys: Sequence[str]) -> Executable:
    """A new row with values for ``keys``."""
    return insert(table).values({table.c[key]: value(key) for key in keys}).inline()


def add_new(table: Table, keys: Sequence[str]) -> Statement:
    """A new row, and then its key; where there is such a row already, no row and nothing changed."""
    first = next(iter(table.primary_key))
    values = {table.c[key]: value(key) for key in keys}
    return lambda flavour: flavour(table).values(values).on_conflict_do_nothing().returning(first)


def put(table: Table, keys: Sequence[str], *where: ColumnElement[bool]) -> Executable:
    """Set ``keys`` of the rows that match."""
    return update(table).values({table.c[key]: value(key) for key in keys}).where(*where)


def columns(table: Table, keys: Sequence[str]) -> list[Column[Any]]:
    return [table.c[key] for key in keys]


class next_change(FunctionElement[int]):
    """The number of the next row of the change feed.

    On PostgreSQL it is taken under an advisory lock that is held until COMMIT, so that numbers become visible in
    their order and nobody who reads past a number misses a late one; and whoever listens is woken at COMMIT.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(next_change, "sqlite")
def _next_on_sqlite(*_: object, **__: object) -> str:
    return "NULL"  # one writer at a time: the row's own number will do


@compiles(next_change, "postgresql")
def _next_on_postgresql(*_: object, **__: object) -> str:
    turn = f"(SELECT pg_advisory_xact_lock({CHANGE_LOCK}), pg_notify('{CHANNEL}', '') OFFSET 0) AS turn"
    return f"(SELECT nextval('change_seq_seq') FROM {turn})"  # noqa: S608  two constants of this module


CHANGE_LOCK = 0x6C796368  # "lych"
MIGRATION_LOCK = CHANGE_LOCK + 1


def gather(*parts: Mapping[str, Statement]) -> dict[str, Statement]:
    """One table of all statements by name; a name is given once."""
    whole: dict[str, Statement] = {}
    for part in parts:
        twice = whole.keys() & part.keys()
        if twice:
            raise ValueError(f"statements named twice: {sorted(twice)}")
        whole |= part
    return whole
