"""Records in the system's keyring, each an entry of its own; a folder knows their keys, and holds the locks.

A keyring cannot be asked what it holds, nor locked between processes. The folder holds no secret.
"""

from __future__ import annotations

import os
from pathlib import Path

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.record import Record
from lychgate.world import keyrings, locks
from lychgate.world.atomic import write_private
from lychgate.world.entry import decode, encode, name_of
from lychgate.world.runs import Lock

_SUFFIX = ".key"


class KeyringStore:
    """``folder`` is made with mode 0700. Raises ``ConfigError`` where it cannot be, or where there is no keyring."""

    blocks = True

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        keyrings.backend()
        self.folder = Path(folder).expanduser().absolute()
        self._locks = self.folder / "locks"
        try:
            self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise ConfigError(f"cannot keep the names of logins in {self.folder}: {error.strerror}") from None

    def load(self, key: str) -> Record | None:
        text = keyrings.get(keyrings.SERVICE, name_of(key))
        entry = decode(text.encode()) if text else None
        return entry[1] if entry and entry[0] == key else None

    def save(self, key: str, record: Record | None) -> None:
        mark = self.folder / (name_of(key) + _SUFFIX)
        try:
            if record is not None:
                write_private(mark, key.encode())
            keyrings.put(keyrings.SERVICE, name_of(key), encode(key, record).decode() if record is not None else None)
            if record is None:
                mark.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot write {mark}: {error.strerror}") from None

    def keys(self) -> list[str]:
        found = [path.read_text(encoding="utf-8", errors="replace") for path in self.folder.glob(f"*{_SUFFIX}")]
        return sorted(key for key in found if self.load(key) is not None)

    def lock(self, key: str) -> Lock:
        return locks.lock(self._locks / f"{name_of(key)}.lock")

    def __repr__(self) -> str:
        return f"KeyringStore({str(self.folder)!r})"
