"""A whole copy of a database file while others write to it (SQLite's online backup)."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path

from lychgate.kernel.errors import ConfigError
from lychgate.world.atomic import sync_folder

from ..store import StoreUnavailable
from . import place
from .faults import translated


def copy(file: Path, target: Path) -> None:
    """Copy ``file`` as it is at one moment to ``target``, which must not be there yet, with the mode 0600; it blocks.

    In one step: a reader holds up nobody in WAL mode, while in several the copy would begin anew with each write.
    Raises ``ConfigError`` for a target that is there or cannot be written, ``StoreUnavailable`` for the database.
    """
    if target.exists() or target.is_symlink():
        raise ConfigError(f"{target} is there already, and no backup takes another's place: choose another name")
    if not file.exists():
        raise StoreUnavailable(f"the database {file}: there is none yet")
    place.check(file)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    source = place.connect(file, read_only=True)
    try:
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(sqlite3.connect(unfinished)) as made:
            source.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        _put(unfinished, target)
        sync_folder(target.parent)
    except sqlite3.Error as error:
        raise translated(error, unfinished) from None
    except FileExistsError:
        raise ConfigError(f"{target} is there already: choose another name") from None
    except OSError as error:
        raise ConfigError(f"the backup {target} cannot be written: {error.strerror}") from None
    finally:
        source.close()
        with contextlib.suppress(OSError):
            unfinished.unlink()


def _put(unfinished: Path, target: Path) -> None:
    """Give the copy its name, and never that of what has come there meanwhile."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except OSError:  # a file system that knows no second name
        os.rename(unfinished, target)
