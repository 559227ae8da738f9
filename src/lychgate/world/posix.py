"""What some systems lack (Windows: users by number, modes of files, forks), asked for in one place.

Where files have no modes, what keeps others out is the folder: it is in the user's own profile.
"""

from __future__ import annotations

import os
from collections.abc import Callable

MODES = hasattr(os, "geteuid")
"""Whether a file's owner and mode say who can read and change it."""


def is_foreign(found: os.stat_result) -> bool:
    """Whether a file belongs to neither us nor the system's administrator."""
    return MODES and found.st_uid not in (os.geteuid(), 0)


def mode_of(found: os.stat_result) -> int:
    """A file's mode; 0 (nobody else's) where there are none."""
    return found.st_mode if MODES else 0


def make_private(handle: int) -> None:
    """Mode 0600 for an open file, whatever the umask."""
    if MODES:
        os.fchmod(handle, 0o600)


def in_child(do: Callable[[], None]) -> None:
    """Have ``do`` done in each child that this process forks, where there are such."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=do)
