"""All SQL, each statement written once in SQLAlchemy Core and known by its name."""

from __future__ import annotations

from ..texts import Text
from . import (
    browsers,
    clients,
    codes,
    listing,
    logins,
    notices,
    outer_clients,
    people,
    realms,
    records,
    tables,
    tables_login,
    tables_notice,
    tables_trust,
    tables_unicore,
    tidying,
    trust,
    unicore,
    user_keys,
)
from .columns import metadata
from .statement import DATABASES, gather, text

STATEMENTS = gather(
    people.STATEMENTS,
    realms.STATEMENTS,
    clients.STATEMENTS,
    logins.STATEMENTS,
    browsers.STATEMENTS,
    codes.STATEMENTS,
    outer_clients.STATEMENTS,
    user_keys.STATEMENTS,
    notices.STATEMENTS,
    trust.STATEMENTS,
    unicore.STATEMENTS,
    records.STATEMENTS,
    listing.STATEMENTS,
    tidying.STATEMENTS,
)


def texts(database: str) -> dict[str, Text]:
    """Every statement's text for "sqlite" or "postgresql", by name."""
    return {name: text(statement, DATABASES[database]) for name, statement in STATEMENTS.items()}


__all__ = [
    "STATEMENTS",
    "metadata",
    "tables",
    "tables_login",
    "tables_notice",
    "tables_trust",
    "tables_unicore",
    "texts",
]
