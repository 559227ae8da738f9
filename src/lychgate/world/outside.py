"""What sources read on this machine; fills the table of ``client.outside``."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from lychgate.client.outside import doors
from lychgate.kernel.errors import ConfigError, TransientError, Unavailable

from . import posix

LONGEST = 1 << 20  # bytes that are read at all


def variable(name: str) -> str:
    """An environment variable. Raises ``Unavailable`` where it is not set or empty."""
    text = os.environ.get(name, "").strip()
    if not text:
        raise Unavailable(f"the environment variable {name} is not set", field="variable")
    return text


def file(path: str) -> str:
    """A file's text. Raises ``Unavailable`` for none, ``ConfigError`` for one that anybody can change."""
    return _text(Path(path).expanduser(), stat.S_IWOTH, owned=False, follow=True)


def command(words: tuple[str, ...], patience: float) -> str:
    """What a command prints. No shell, no standard input; its errors are shown. ``patience`` in seconds."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  the command is the user's own setting, and no shell reads it
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        raise TransientError(f"{words[0]} printed no token within {patience:g} s") from None
    except FileNotFoundError:
        raise Unavailable(f"there is no command {words[0]}", field="command") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its words cannot be used"
        raise ConfigError(f"cannot run {words[0]} for a token: {why}", field="command") from None
    if done.returncode != 0:
        raise ConfigError(f"{words[0]} should print a token and ended with status {done.returncode}", field="command")
    return done.stdout[:LONGEST].decode("utf-8", "replace")


def bearer() -> str:
    """What WLCG bearer token discovery finds. Raises ``Unavailable`` for nothing, ``ConfigError`` if unsafe."""
    if text := os.environ.get("BEARER_TOKEN", "").strip():
        return text
    if named := os.environ.get("BEARER_TOKEN_FILE", ""):
        return _text(Path(named), stat.S_IWGRP | stat.S_IWOTH, owned=True, follow=True)
    name = f"bt_u{os.geteuid()}" if posix.MODES else "bt_u0"  # where users have no numbers, such a file has no place
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for folder in (runtime, "/tmp") if runtime else ("/tmp",):  # noqa: S108  the place that the standard names
        try:
            return _text(Path(folder, name), 0o077, owned=True, follow=False)
        except Unavailable:
            continue
    raise Unavailable(f"there is no bearer token: no $BEARER_TOKEN, no $BEARER_TOKEN_FILE, no /tmp/{name}")


def agent(place: str, message: str, patience: float) -> str:
    """The answer of the agent at the Unix socket ``place`` (by default ``$OIDC_SOCK``), within ``patience`` seconds."""
    import socket

    place = place or os.environ.get("OIDC_SOCK", "")
    if not place:
        raise Unavailable("no oidc-agent runs here: $OIDC_SOCK is not set", field="socket")
    deadline = time.monotonic() + patience
    if not hasattr(socket, "AF_UNIX"):
        raise Unavailable("this Python cannot reach an oidc-agent: it has no Unix sockets", field="socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        try:
            connection.connect(place)
            connection.sendall(message.encode())
            return _answer(connection, deadline)
        except TimeoutError:
            raise TransientError(f"oidc-agent did not answer within {patience:g} s") from None
        except OSError as error:
            raise Unavailable(f"no oidc-agent answers at {place}: {error.strerror}", field="socket") from None


def ssh_agent(place: str, message: bytes, patience: float) -> bytes:
    """The answer of the ssh-agent at the Unix socket ``place`` (by default ``$SSH_AUTH_SOCK``)."""
    from .ssh_agent import exchange

    return exchange(place, message, patience)


def _answer(connection: object, deadline: float) -> str:
    """Up to the end of a JSON object: the agent does not always close the connection."""
    import json
    import socket

    assert isinstance(connection, socket.socket)
    got = b""
    while len(got) < LONGEST:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        more = connection.recv(65536)
        got += more
        try:
            json.loads(got)
        except (ValueError, RecursionError):
            if more:
                continue
        break
    return got.decode("utf-8", "replace")


def _text(path: Path, closed: int, *, owned: bool, follow: bool) -> str:
    """``closed``: the bits that the mode may not have; ``owned``: it must be ours (or root's)."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    try:
        number = os.open(path, flags)
        try:
            _check(path, os.fstat(number), closed, owned)
            with open(number, "rb", closefd=False) as opened:
                return opened.read(LONGEST).decode("utf-8")
        finally:
            os.close(number)
    except FileNotFoundError:
        raise Unavailable(f"there is no file {path}", field="path") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the file {path} is not UTF-8 text", field="path") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        raise ConfigError(f"cannot read the token's file {path}: {why}", field="path") from None


def _check(path: Path, found: os.stat_result, closed: int, owned: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{path} is no file", field="path")
    if owned and posix.is_foreign(found):
        raise ConfigError(f"the token's file {path} belongs to another user", field="path")
    if posix.mode_of(found) & closed:
        raise ConfigError(f"others can use the token's file {path}; say: chmod 600 {path}", field="path")


doors.update(variable=variable, file=file, command=command, bearer=bearer, agent=agent, ssh_agent=ssh_agent)
