"""Where secrets come from: files, the system's keyring, commands. ``lychgate.Secret`` is this module's ``Secret``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lychgate.kernel.errors import ConfigError, Unavailable
from lychgate.kernel.secret import Secret, fetchers

from . import keyrings

COMMAND_PATIENCE = 30.0  # seconds


def from_file(path: str) -> str:
    """The file's text without the end of its last line."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigError(f"the secret's file {path} is not UTF-8 text") from None
    except FileNotFoundError as error:
        raise Unavailable(f"cannot read the secret's file {path}: {error.strerror}") from None
    except OSError as error:
        raise ConfigError(f"cannot read the secret's file {path}: {error.strerror}") from None


def from_keyring(service: str, user: str) -> str:
    """The entry of ``user`` at ``service``."""
    found = keyrings.get(service, user)
    if found is None:
        raise Unavailable(f'the keyring holds nothing for "{user}" at "{service}": keyring set {service} {user}')
    return found


def from_command(words: tuple[str, ...]) -> str:
    """What the command prints, without the end of its last line. No shell, no standard input; its errors are shown."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  the command is the user's own setting, and no shell reads it
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=COMMAND_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{words[0]} printed no secret within {COMMAND_PATIENCE:.0f} s") from None
    except FileNotFoundError as error:
        raise Unavailable(f"cannot run {words[0]} for a secret: {error.strerror}") from None
    except OSError as error:
        raise ConfigError(f"cannot run {words[0]} for a secret: {error.strerror}") from None
    if done.returncode != 0:
        raise ConfigError(f"{words[0]} should print a secret and ended with status {done.returncode}")
    return done.stdout.decode("utf-8", "replace").rstrip("\r\n")


_FETCHERS: dict[str, Callable[..., Any]] = {"file": from_file, "keyring": from_keyring, "command": from_command}
fetchers.update(_FETCHERS)

__all__ = ["Secret", "from_command", "from_file", "from_keyring"]
