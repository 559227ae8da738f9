"""Records in files: one a key, in a folder that only its owner can enter, shared by processes.

A write is a new file of mode 0600 whatever the umask, fsync, rename, fsync of the folder: a reader sees the old or the
new record, never a half, also after SIGKILL or a power cut. The lock file (``locks``) is another file. File names are
hashes of the keys. A file that cannot be read as a record is moved aside with a warning, never deleted.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.record import Record
from lychgate.world import locks, posix
from lychgate.world.atomic import sync_folder, write_private
from lychgate.world.entry import decode, encode, name_of
from lychgate.world.runs import Lock

if TYPE_CHECKING:
    from lychgate.world.sealing import Sealing

log = logging.getLogger("lychgate.store")

STALE = 3600.0  # seconds after which an unfinished write of somebody's is removed
_SUFFIX = ".json"


class FileStore:
    """``folder`` is made with mode 0700; ``sealing`` encrypts what is written.

    Raises ``ConfigError`` where the folder cannot be made or written.
    """

    blocks = True

    def __init__(self, folder: str | os.PathLike[str], sealing: Sealing | None = None) -> None:
        self._sealing = sealing
        self.folder = Path(folder).expanduser().absolute()
        self._locks = self.folder / "locks"
        try:
            for made in (self.folder, self._locks):
                _make_private(made)
            self._sweep()
        except OSError as error:
            raise _unusable(self.folder, error) from None
        if not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            raise _unusable(self.folder, PermissionError(13, "Permission denied"))

    def load(self, key: str) -> Record | None:
        return self._read(self._path(key), key)

    def save(self, key: str, record: Record | None) -> None:
        path = self._path(key)
        try:
            if record is None:
                path.unlink(missing_ok=True)
            else:
                write_private(path, self._seal(encode(key, record)))
            sync_folder(self.folder)
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror}. What was kept there is unchanged.") from None

    def keys(self) -> list[str]:
        found = (self._open(_text(path)) for path in self.folder.glob(f"*{_SUFFIX}"))
        return sorted(entry[0] for entry in found if entry is not None)

    def lock(self, key: str) -> Lock:
        return locks.lock(self._locks / f"{name_of(key)}.lock")

    @property
    def lock_kind(self) -> locks.Kind:
        """What keeps processes apart here: ``flock``, ``filelock`` or ``lease``."""
        return locks.kind_in(self._locks)

    def _seal(self, text: bytes) -> bytes:
        return self._sealing.seal(text) if self._sealing else text

    def _open(self, raw: bytes) -> tuple[str, Record] | None:
        """The entry in a file's text; None where it holds none, or was sealed with another key."""
        text = self._sealing.open(raw) if self._sealing else raw
        return decode(text) if text is not None else None

    def _path(self, key: str) -> Path:
        return self.folder / f"{name_of(key)}{_SUFFIX}"

    def _read(self, path: Path, key: str) -> Record | None:
        try:
            handle = _file(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from None
        with os.fdopen(handle, "rb") as file:
            _keep_private(handle, path)
            raw = file.read()
        entry = self._open(raw)
        if entry is None or entry[0] != key:
            self._set_aside(path)
            return None
        return entry[1]

    def _set_aside(self, path: Path) -> None:
        aside = path.with_name(f"{path.stem}.corrupt-{int(time.time())}-{secrets.token_hex(2)}")
        with contextlib.suppress(OSError):
            os.rename(path, aside)
        log.warning("%s holds no login that can be read; it was moved to %s. Log in again.", path, aside.name)

    def _sweep(self) -> None:
        """Remove writes that never ended (their processes were killed)."""
        for left in self.folder.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > STALE:
                    left.unlink()

    def __repr__(self) -> str:
        return f"FileStore({str(self.folder)!r})"


def _file(path: Path) -> int:
    """A handle to read it by; neither a link nor a pipe to wait for. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file")
    return handle


def _text(path: Path) -> bytes:
    try:
        with os.fdopen(_file(path), "rb") as file:
            return file.read()
    except OSError:
        return b""


def _make_private(folder: Path) -> None:
    """Make what is missing with mode 0700; refuse a folder in which others could exchange our files."""
    if folder.is_dir():
        mode = posix.mode_of(folder.stat())
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(1, "others can write in it (chmod 700 it, or choose another)")
        return
    if not folder.parent.is_dir():
        _make_private(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(0o700)
        folder.chmod(0o700)  # the umask may have taken rights of the owner


def _keep_private(handle: int, path: Path) -> None:
    mode = posix.mode_of(os.fstat(handle))
    if mode & 0o077:
        with contextlib.suppress(OSError):
            posix.make_private(handle)
        log.warning("%s could be read by others (mode %o); it is 0600 again", path, mode & 0o777)


def _unusable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot keep logins in {folder}: {error.strerror}. Set LYCHGATE_HOME to a folder that you can write, "
        'or use store="memory", which forgets them when the program ends.'
    )
