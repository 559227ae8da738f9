"""The data folder: private to one account, with the master key in it and a lock that one server holds."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import IO

from lychgate.kernel.errors import ConfigError
from lychgate.server.signing.master import SIZE, Master

KEY = "master.key"
LOCK = "server.lock"


def ready(folder: Path) -> bool:
    """Make the folder (mode 0700) where it is missing; True if it was. Refuses a folder of another account."""
    made = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise ConfigError(f"the data folder {folder} cannot be made or read: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"the data folder {folder} is not a folder")
    if found.st_uid != os.geteuid():
        raise ConfigError(
            f"the data folder {folder} belongs to another account (uid {found.st_uid}, this is uid {os.geteuid()}): "
            "run as that account, or choose another folder with --data"
        )
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"the data folder {folder} cannot be written: give its owner the right, or choose another")
    return made


def load_master(folder: Path, file: Path | None, *, make: bool) -> tuple[Master, bool]:
    """The master key and whether it was made just now.

    ``file`` is the configured place (never made by us); else ``master.key`` in ``folder``, made where ``make``.
    """
    if file is not None:
        return Master(_read(file)), False  # its mode is the business of whoever mounts it (container secrets are 0444)
    path = folder / KEY
    if make and not path.exists():
        return Master(_make(path)), True
    key = _read(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"others may read the master key {path}: chmod 600 {path}")
    return Master(key), False


def _read(path: Path) -> bytes:
    try:
        found = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the master key {path} cannot be read: {error.strerror}") from None
    if len(found) != SIZE:
        raise ConfigError(f"the master key {path} has {len(found)} bytes, not {SIZE}: put the right file back")
    return found


def _make(path: Path) -> bytes:
    key, scratch = os.urandom(SIZE), path.with_suffix(f".{os.getpid()}")
    try:
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(scratch, path)  # fails if another start made one meanwhile: two keys would lose data
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise ConfigError(f"the master key {path} cannot be written: {error.strerror}") from None
    finally:
        scratch.unlink(missing_ok=True)
    return key


def lock(folder: Path) -> IO[str]:
    """Hold the folder's lock for as long as the returned file is open. Raises ``ConfigError`` if a server holds it."""
    file = open(folder / LOCK, "a+", encoding="ascii")  # noqa: SIM115  held open: closing it gives the lock away
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read(20).strip()
        file.close()
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise ConfigError(f"the data folder {folder} cannot be locked: {error.strerror}") from None
        who = f" (process {holder})" if holder.isdigit() else ""
        raise ConfigError(f"another server{who} runs on the data folder {folder}: stop it, or use --data") from None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file
