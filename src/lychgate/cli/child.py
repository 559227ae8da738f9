"""A command of the user's that runs below us: what it sees, what it is told, and the folder that goes with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from lychgate.client.keys import AGENT
from lychgate.world.profiles import profile_table
from lychgate.world.sealing import PASSPHRASE
from lychgate.world.surroundings import has_terminal

NOT_FOUND = 127  # as shells have it
_OURS = frozenset({"BEARER_TOKEN", PASSPHRASE, f"{PASSPHRASE}_FILE"})
_NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")  # not every system has the last three
_FORWARDED = tuple(signal.Signals[name] for name in _NAMES if hasattr(signal, name))
_OF_A_TERMINAL = ("SIGINT", "SIGHUP")  # it sends them to the command itself: a second one would be too many


def environment(profile: str) -> dict[str, str]:
    """Ours without the profile's secrets, and without a token that would be found before the fresh one.

    Where the profile's key is in an SSH agent, the command is not told of the agent: it could sign whatever it likes.
    """
    texts = [value for value in profile_table(profile).values() if isinstance(value, str)]
    hidden = {text.removeprefix("env:") for text in texts if text.startswith("env:")} | _OURS
    if any(text.startswith(AGENT) for text in texts):
        hidden |= {"SSH_AUTH_SOCK"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def started(words: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The command, running. Ends the program with the status of shells where there is no such command."""
    try:
        return subprocess.Popen(words, env=dict(env))  # noqa: S603  it is the user's own
    except OSError as error:
        click.echo(f"lychgate: {words[0]}: {error.strerror}", err=True)
        click.get_current_context().exit(NOT_FOUND)


def status_of(ended: int) -> int:
    """The exit status of who was ended by a signal, as shells have it."""
    return ended if ended >= 0 else 128 - ended


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A private folder, in memory where the system has one for the user; gone at the end."""
    home = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="lychgate-", dir=home if home and os.path.isdir(home) else None) as name:
        yield Path(name)


@contextlib.contextmanager
def forwarding() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a scheduler tells us, the command in the list is told; we wait for its end, so that nothing of ours stays.

    While there is none, a signal ends us at once, and in order.
    """
    running: list[subprocess.Popen[bytes]] = []
    silent = _OF_A_TERMINAL if has_terminal() else ()

    def forward(number: int, frame: object) -> None:
        if not running:
            raise SystemExit(128 + number)
        if signal.Signals(number).name not in silent:
            running[0].send_signal(number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        yield running
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
