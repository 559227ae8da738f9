"""SQLite's errors in the words of the store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..store import Missing, StoreUnavailable, Taken

_DAMAGED = {"SQLITE_NOTADB", "SQLITE_CORRUPT"}
_ADVICE = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_BUSY": "another program keeps it locked",
    "SQLITE_READONLY": "it cannot be written: check the owner and mode of the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened: check that its folder exists, and its owner and mode",
    "SQLITE_PERM": "it cannot be opened: check the owner and mode of the file and its folder",
    "SQLITE_IOERR": "the disk failed to read or write it",
}


def translated(error: BaseException, path: Path) -> BaseException:
    """``error`` as the store raises it; one that is not the database's own is left as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        return _conflict(error)
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.ProgrammingError):
        return error
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(tuple(_DAMAGED)):
        advice = "it is damaged, or no SQLite database: put a backup in its place, or choose another --data"
    else:
        advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), str(error))
    return StoreUnavailable(f"the database {path}: {advice}")


def _conflict(error: sqlite3.IntegrityError) -> Exception:
    if error.sqlite_errorname == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return Missing("what this belongs to (its issuer, client or user) is not there")
    if error.sqlite_errorname in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        field = str(error).rpartition(".")[2]
        return Taken(f"that {field} is in use already", field)
    return error
