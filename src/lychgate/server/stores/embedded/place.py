"""The database's file: where it may lie, and how a connection to it is opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from lychgate.kernel.errors import ConfigError

from ..store import StoreUnavailable
from .faults import translated

_PATIENCE = 5.0  # seconds SQLite waits for a program that writes without asking for its turn
_NETWORK = frozenset(
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "pvfs2", "glusterfs"]
) | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph-fuse", "fuse.s3fs", "fuse.rclone"}
_ALWAYS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -4000",
    "PRAGMA journal_size_limit = 67108864",
)


def network_file_system(path: Path, mounts: str = "/proc/self/mountinfo") -> str | None:
    """The kind of the network file system that ``path`` lies on, None for a local one (or where it cannot be known)."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        left, _, right = line.partition(" - ")
        kind = right.partition(" ")[0]
        if kind in _NETWORK and left.split(" ")[2] == wanted:
            return kind
    return None


def check(file: Path) -> None:
    """Refuse a place where SQLite would lose data or cannot write. Raises ``ConfigError`` or ``StoreUnavailable``."""
    folder = file.parent
    if not folder.is_dir():
        raise StoreUnavailable(f"the database {file}: its folder does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreUnavailable(f"the database {file}: its folder cannot be written by this account")
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):  # SQLite itself would go on, reading only
        raise StoreUnavailable(f"the database {file}: it cannot be written: check its owner and mode")
    kind = network_file_system(folder)
    if kind:
        raise ConfigError(
            f"the data folder {folder} is on a network file system ({kind}), where SQLite loses data: "
            "choose a local folder with --data, or PostgreSQL with --database"
        )


def make(file: Path) -> None:
    """Make the folder (mode 0700) and an empty file (0600) where they are missing."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        check(file)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the database {file} cannot be made or written: {error.strerror}") from None


def connect(file: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that any one thread at a time may use; transactions are begun and ended by hand."""
    uri = f"{file.absolute().as_uri()}?mode=rw"  # never made here: an empty database would hide a wrong path
    try:
        db = sqlite3.connect(
            uri, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            for pragma in _ALWAYS:
                db.execute(pragma)
            if read_only:
                db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        raise translated(error, file) from None
    if mode != "wal":
        db.close()
        raise ConfigError(f"the database {file}: its file system cannot share memory, which SQLite's WAL mode needs")
    return db
