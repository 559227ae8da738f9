"""Stores: the table. ``open_store`` takes a name of it, a folder, or a store object of one's own."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names

if TYPE_CHECKING:
    from .store import Store

_opened: weakref.WeakValueDictionary[Path, Store] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def open_store(wanted: str | os.PathLike[str] | Store = "memory") -> Store:
    """``"memory"`` (a new one each time), ``"file"`` (the user's state folder), ``"keyring"``, ``"encrypted"`` (files
    sealed by a key in the keyring, or by ``LYCHGATE_PASSPHRASE``), a path
    (that folder), or a store.

    Raises ``ConfigError`` for an unknown name and for a folder that cannot be used.
    """
    if not isinstance(wanted, str | os.PathLike):
        return wanted
    text = os.fspath(wanted)
    if text in STORES:
        return STORES[text]()
    if isinstance(wanted, str) and not (os.sep in text or text.startswith("~")):
        check_names([text], STORES, what="store")
    if Path(text).expanduser().is_file():
        raise ConfigError(f"the store {text} is a file; name a folder (each login is a file in it)", field="store")
    return _folder(Path(text))


def _memory() -> Store:
    from .memory import MemoryStore

    return MemoryStore()


def _file() -> Store:
    from lychgate.world.places import state_folder

    return _folder(state_folder() / "tokens")


def _folder(path: Path) -> Store:
    from .file import FileStore

    return _shared(path, FileStore)


def _shared(path: Path, make: Callable[[Path], Store]) -> Store:
    """One object for each folder, so that all who use it share their renewals."""
    real = Path(os.path.realpath(path.expanduser()))
    with _opening:
        store = _opened.get(real)
        if store is None:
            store = _opened[real] = make(real)
        return store


def _keyring() -> Store:
    from lychgate.world.places import state_folder

    from .keyring import KeyringStore

    return _shared(state_folder() / "keyring", KeyringStore)


def _encrypted() -> Store:
    from lychgate.world.places import state_folder
    from lychgate.world.sealing import sealing_for

    from .file import FileStore

    return _shared(state_folder() / "encrypted", lambda folder: FileStore(folder, sealing_for(folder)))


STORES = {"memory": _memory, "file": _file, "keyring": _keyring, "encrypted": _encrypted}
