"""Writing a file so that a reader sees the old or the new one, never a half, and nobody else sees any (mode 0600)."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from . import posix


def write_private(path: Path, content: bytes) -> None:
    """Replace ``path`` whole: also after SIGKILL it is the old or the new. Raises ``OSError``.

    After a power cut too, once ``sync_folder`` has been called for its folder.
    """
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            posix.make_private(handle)  # the umask may have taken even the owner's right to read
            file.write(content)
            file.flush()
            os.fsync(handle)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Have a rename in ``folder`` survive a power cut, where a folder can be told so."""
    if not posix.MODES:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
