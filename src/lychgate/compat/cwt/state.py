"""What authenticators keep from one call to the next: ``{key: state}`` as JSON in one file, for its owner alone.

``cwt`` wrote this file readable by all, not whole and without a lock; here a reader sees the old or the new one.
"""

from __future__ import annotations

import json
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from lychgate.kernel.errors import ConfigError
from lychgate.world import locks, posix
from lychgate.world.atomic import write_private

PATIENCE = 10.0  # seconds
USUAL = "~/.cwt.json"


def read(path: Path) -> dict[str, Any]:
    """All states; empty where there is no file. Raises ``ConfigError`` for one that cannot be read.

    A file that ``cwt`` left readable for others is its owner's alone from then on.
    """
    try:
        _tighten(path)
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}", file=str(path)) from None
    except ValueError:
        raise ConfigError("this is no JSON; move it away, and log in again", file=str(path)) from None
    if not isinstance(found, dict):
        raise ConfigError("this is no JSON object; move it away, and log in again", file=str(path))
    return found


def _tighten(path: Path) -> None:
    about = path.stat()
    if posix.mode_of(about) & 0o077 and about.st_uid == os.geteuid():
        path.chmod(0o600)


def write(path: Path, data: dict[str, Any]) -> None:
    """Replace the file. Raises ``ConfigError`` where it cannot be written; then it is unchanged."""
    try:
        write_private(path, json.dumps(data).encode())
    except OSError as error:
        raise ConfigError(f"it cannot be written: {error.strerror}", file=str(path)) from None


def alone(path: Path) -> AbstractContextManager[None]:
    """While nobody else changes the file. Raises ``ConfigError`` after ``PATIENCE`` seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return locks.held(locks.lock(path.with_name(f"{path.name}.lock")), PATIENCE, "writing it", path)
