"""The databases that Lychgate can keep its things in, by the scheme of their URL.

First ``migrate``, once and before workers fork; then each worker makes its own store with ``open_store`` and awaits its
``open()``. Neither Alembic nor SQLAlchemy is loaded by either.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from lychgate.kernel.errors import ConfigError

from .schema import HEAD
from .store import Missing, Store, StoreUnavailable, Taken

__all__ = [
    "SCHEMES",
    "Missing",
    "Store",
    "StoreUnavailable",
    "Taken",
    "backup",
    "migrate",
    "open_store",
    "revision",
    "shown",
]

SCHEMES = {
    "sqlite": ".sqlite",
    "postgresql": ".postgresql",
    "postgres": ".postgresql",
}
FILE = "lychgate.db"
_LONGEST = 3600  # seconds for a migration


class Backend(Protocol):
    """What a module in ``SCHEMES`` holds."""

    def from_url(self, url: str) -> Store: ...
    def revision(self, url: str) -> str | None:
        """The revision of the schema there, None where there is none yet."""
        ...

    def shown(self, url: str) -> str:
        """The URL without what is secret in it."""
        ...

    def backup(self, url: str, target: Path) -> None:
        """Copy the database there to a file."""
        ...


def _url(place: str | Path) -> str:
    """The URL of a database; a folder stands for the SQLite file in it."""
    text = str(place)
    return text if "://" in text else f"sqlite:///{Path(text) / FILE}"


def _backend(url: str) -> Backend:
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        known = " or ".join(f"{name}://" for name in SCHEMES if name != "postgres")
        raise ConfigError(f"the database's address must begin with {known}", field="database")
    return cast(Backend, import_module(SCHEMES[scheme], __name__))


def open_store(place: str | Path) -> Store:
    """The store at a URL (``sqlite:///relative``, ``sqlite:////absolute``, ``postgresql://...``) or in a data folder.

    Nothing is touched before its ``open()`` is awaited. Raises ``ConfigError`` for a scheme that is not known.
    """
    url = _url(place)
    return _backend(url).from_url(url)


def shown(place: str | Path) -> str:
    """The database's address as it may be shown: without a password."""
    url = _url(place)
    return _backend(url).shown(url)


def revision(place: str | Path) -> str | None:
    """The revision of the schema there, None where there is none yet. It blocks, and changes nothing.

    Raises ``ConfigError`` or ``StoreUnavailable`` where it cannot be known.
    """
    url = _url(place)
    return _backend(url).revision(url)


def backup(place: str | Path, target: Path) -> None:
    """Copy the database whole to the file ``target``, while others work on it. It blocks.

    Raises ``ConfigError`` where ``target`` is there already or the database has a tool of its own for it,
    ``StoreUnavailable`` where it cannot be done.
    """
    url = _url(place)
    _backend(url).backup(url, target)


def migrate(place: str | Path) -> bool:
    """Make the database's tables, or bring them up to date; True if there was something to do.

    It blocks, and must not be called on an event loop. The work is done in a process of its own, so that this one never
    loads Alembic. Raises ``ConfigError`` or ``StoreUnavailable``, and then nothing was changed.
    """
    url = _url(place)
    if revision(url) == HEAD:
        return False
    command = [sys.executable, "-m", "lychgate.server.migrations"]
    done = subprocess.run(  # noqa: S603  our own interpreter and module; the URL goes by standard input
        command, input=url, capture_output=True, text=True, timeout=_LONGEST, check=False
    )
    if done.returncode == 0:
        return True
    kind, _, message = done.stdout.partition(" ")
    failed = {"ConfigError": ConfigError, "StoreUnavailable": StoreUnavailable}.get(kind)
    if failed is None:
        raise StoreUnavailable(f"the database {shown(place)} could not be migrated:\n{done.stderr.strip()}")
    raise failed(message.strip())
