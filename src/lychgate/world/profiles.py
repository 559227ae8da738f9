"""The file of profiles, ``profiles.toml`` in the configuration folder: read, and refused where others can change it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from lychgate.client import profile
from lychgate.client.profile import Profile
from lychgate.client.profile_text import with_profile
from lychgate.kernel.errors import ConfigError

from . import locks, posix
from . import secrets as _fetchers  # noqa: F401  it teaches references how to be fetched
from .atomic import sync_folder, write_private
from .places import config_folder

log = logging.getLogger("lychgate")

FILE = "profiles.toml"
PATIENCE = 10.0  # seconds


def profiles_file() -> Path:
    return config_folder() / FILE


def open_profile(name: str) -> Profile:
    """The profile ``name``. Raises ``ConfigError`` with file, line and field."""
    path = profiles_file()
    text = _text(path)
    if text is None:
        raise ConfigError(
            f'there is no profile "{name}", since there is no file {path}. A profile is a table [profile.{name}] '
            "in it; in code give lychgate.auth a source or an authenticator.",
            field="profile",
        )
    return profile.parse(text, str(path), name)


def profile_names() -> list[str]:
    """The profiles that there are. Raises ``ConfigError`` for a file that cannot be used."""
    path = profiles_file()
    text = _text(path)
    return [] if text is None else profile.names(text, str(path))


def profile_table(name: str) -> dict[str, Any]:
    """The profile's keys as they are written; empty where there is none. Raises ``ConfigError`` as above."""
    return profile.table(_text(profiles_file()) or "", str(profiles_file()), name)


def check_profile(name: str, table: Mapping[str, Any]) -> Profile:
    """The profile that ``table`` would be. Raises ``ConfigError`` for what does not fit, with the field."""
    file = profiles_file()
    return profile.parse(with_profile(_text(file) or "", name, table), str(file), name)


def remove_profile(name: str) -> Path:
    """Take the profile out of the file. Raises ``ConfigError`` as ``save_profile`` does."""
    return save_profile(name, None)


def save_profile(name: str, table: Mapping[str, Any] | None) -> Path:
    """Keep ``table`` as the profile ``name`` (None: no such profile); all else in the file stays. Answers the file.

    Raises ``ConfigError`` for a file that cannot be read or written.
    """
    path = Path(os.path.realpath(profiles_file()))  # one that leads into another folder stays a link
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path):
            text = _text(path) or ""
            profile.names(text, str(path))
            made = with_profile(text, name, table)
            if made != text:
                write_private(path, made.encode())
                sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"the profile cannot be kept: {error.strerror}", file=str(path)) from None
    return path


def _alone(path: Path) -> AbstractContextManager[None]:
    """While nobody else writes the file. Raises ``ConfigError`` where somebody does for ``PATIENCE`` seconds."""
    return locks.held(locks.lock(path.with_name(f".{path.name}.lock")), PATIENCE, "writing it", path)


def _text(path: Path) -> str | None:
    try:
        with open(path, "rb") as file:
            _check(path, os.fstat(file.fileno()))
            return file.read().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ConfigError("this is not UTF-8 text", file=str(path)) from None
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}", file=str(path)) from None


def _check(path: Path, found: os.stat_result) -> None:
    """Whoever can change the file can send our secrets elsewhere; whoever can read it sees where they are kept."""
    if posix.is_foreign(found):
        raise ConfigError("it belongs to another user, who could send your secrets elsewhere", file=str(path))
    if posix.mode_of(found) & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(f"others can change it; say: chmod 600 {path}", file=str(path))
    if posix.mode_of(found) & (stat.S_IRGRP | stat.S_IROTH):
        log.warning("%s can be read by others. It holds no secret, but better say: chmod 600 %s", path, path)
