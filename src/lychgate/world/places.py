"""Where the client's files are: ``LYCHGATE_HOME`` moves all of them, else the platform's own folders."""

from __future__ import annotations

import os
from pathlib import Path

from lychgate.kernel.errors import ConfigError

HOME = "LYCHGATE_HOME"


def state_folder() -> Path:
    """Where logins are kept (Linux: ``~/.local/state/lychgate``)."""
    moved = os.environ.get(HOME)
    if moved:
        return Path(moved).expanduser().absolute()
    return _own("user_state_path")


def config_folder() -> Path:
    """Where ``profiles.toml`` is (Linux: ``~/.config/lychgate``)."""
    moved = os.environ.get(HOME)
    if moved:
        return Path(moved).expanduser().absolute()
    return _own("user_config_path")


def _own(kind: str) -> Path:
    import platformdirs

    try:
        found: Path = getattr(platformdirs, kind)("lychgate", appauthor=False)
    except RuntimeError:  # a user of no name, as in a container
        raise ConfigError(f"no home folder is known here: set HOME, or {HOME} to a folder of your own") from None
    return found
