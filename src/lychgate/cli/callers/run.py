"""``lychgate run``: a command with a token that is always fresh, in a file that it alone is told of.

The parent renews; the child gets ``BEARER_TOKEN_FILE`` (WLCG Bearer Token Discovery 1.0) and nothing else: neither a
refresh token nor a secret, also where the profile finds one in a variable of the environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from lychgate.cli.holding import Held, held, login_command, login_until
from lychgate.cli.job_tokens import JobTokens
from lychgate.cli.spans import shown, span
from lychgate.client.token import Token
from lychgate.client.windows import windows
from lychgate.kernel.errors import LoginNeeded, LychgateError
from lychgate.world.atomic import write_private
from lychgate.world.profiles import profile_table
from lychgate.world.sealing import PASSPHRASE
from lychgate.world.surroundings import has_terminal

VARIABLE = "BEARER_TOKEN_FILE"
LOOK = 60.0  # seconds: the longest wait before the token is looked at again
AFTER_FAILURE = 5.0  # seconds after a renewal that failed
NOT_FOUND = 127  # as shells have it
_OURS = frozenset({"BEARER_TOKEN", PASSPHRASE, f"{PASSPHRASE}_FILE"})
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP)  # it sends them to the command itself: a second one would be too many


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--profile", metavar="PROFILE", help="By default the only one.")
@click.option("--for", "walltime", callback=span, default="0", metavar="SPAN", help="How long the command may take.")
@click.option("--scope", "scopes", multiple=True, help="All that the command's tokens may do. May be repeated.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.pass_context
def command(
    ctx: click.Context, profile: str | None, walltime: float, scopes: tuple[str, ...], words: tuple[str, ...]
) -> None:
    """Run COMMAND with BEARER_TOKEN_FILE naming a file that always holds a valid access token.

    The exit status is the command's own. With --for, a login that ends before that time is refused at the start. The
    file is readable by you alone and is removed at the end. The tokens are as narrow as --scope and their issuer have
    it: a UNICORE site's are good there alone, and with --for one of them lasts so long.

    \b
    Examples:
      lychgate run -- ./job.sh
      lychgate run --profile climate --for 48h -- srun ./job.sh
      lychgate run -- sh -c 'curl -H "Authorization: Bearer $(cat $BEARER_TOKEN_FILE)" https://api.example.org/me'
    """
    found = held(profile)
    _lasts(found, walltime)
    lasting = walltime if found.profile.unicore else 0.0
    tokens = JobTokens(found, [word for scope in scopes for word in scope.split()], lasting)
    token = tokens.first()
    with _folder() as folder:
        file = folder / "token"
        _write(file, token)
        try:
            child = subprocess.Popen(words, env=_environment(found.name) | {VARIABLE: str(file)})  # noqa: S603  it is the user's own
        except OSError as error:
            click.echo(f"lychgate: {words[0]}: {error.strerror}", err=True)
            ctx.exit(NOT_FOUND)
        with _forwarding(child):
            status = _until_done(child, tokens, token, file)
    ctx.exit(status if status >= 0 else 128 - status)


def _environment(profile: str) -> dict[str, str]:
    """Ours without the profile's secrets, and without a token that would be found before the fresh one."""
    texts = [value for value in profile_table(profile).values() if isinstance(value, str)]
    hidden = {text.removeprefix("env:") for text in texts if text.startswith("env:")} | _OURS
    return {name: value for name, value in os.environ.items() if name not in hidden}


def _until_done(child: subprocess.Popen[bytes], tokens: JobTokens, token: Token, file: Path) -> int:
    renew_at = windows(token).renew_at
    while True:
        try:
            return child.wait(timeout=min(max(renew_at - time.time(), 0.1), LOOK))
        except subprocess.TimeoutExpired:
            pass
        if time.time() < renew_at:
            continue
        try:
            fresh = tokens.next(token)
            _write(file, fresh)
            token, renew_at = fresh, windows(fresh).renew_at
        except LychgateError as error:  # the command goes on: it may need no token any more
            click.echo(f"lychgate: the token was not renewed: {error}", err=True)
            renew_at = time.time() + (getattr(error, "retry_after", None) or AFTER_FAILURE)


def _lasts(found: Held, walltime: float) -> None:
    """Raise ``LoginNeeded`` where the login ends before the command may."""
    if found.renewing is None:
        return
    token = found.token()
    until = login_until(token)
    if token.refresh is None or until is None or until - time.time() >= walltime:
        return
    again = login_command(found.name)
    raise LoginNeeded(
        f'the login of "{found.name}" ends in {shown(max(until - time.time(), 0))}, before the {shown(walltime)} '
        f"that the command may take. Log in again first:  {again}",
        command=again,
    )


def _write(file: Path, token: Token) -> None:
    write_private(file, token.bare().encode("ascii"))


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A private folder, in memory where the system has one for the user; gone at the end."""
    home = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="lychgate-", dir=home if home and os.path.isdir(home) else None) as name:
        yield Path(name)


@contextlib.contextmanager
def _forwarding(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """What a scheduler tells us, the command is told; we wait for its end, so that the file is removed."""
    silent = _OF_A_TERMINAL if has_terminal() else ()

    def forward(number: int, frame: object) -> None:
        if number not in silent:
            child.send_signal(number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
