"""Where the client's files are: ``LYCHGATE_HOME`` moves all of them, else the platform's own folders."""

from __future__ import annotations

import os
from pathlib import Path

HOME = "LYCHGATE_HOME"


def state_folder() -> Path:
    """Where logins are kept (Linux: ``~/.local/state/lychgate``)."""
    moved = os.environ.get(HOME)
    if moved:
        return Path(moved).expanduser().absolute()
    import platformdirs

    return platformdirs.user_state_path("lychgate", appauthor=False)


def config_folder() -> Path:
    """Where ``profiles.toml`` is (Linux: ``~/.config/lychgate``)."""
    moved = os.environ.get(HOME)
    if moved:
        return Path(moved).expanduser().absolute()
    import platformdirs

    return platformdirs.user_config_path("lychgate", appauthor=False)
