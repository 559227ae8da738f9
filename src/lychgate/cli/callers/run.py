"""``lychgate run``: a command with a token that is always fresh, in a file that it alone is told of.

The parent renews; the child gets ``BEARER_TOKEN_FILE`` (WLCG Bearer Token Discovery 1.0) and nothing else: neither a
refresh token nor a secret, also where the profile finds one in a variable of the environment.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import click

from lychgate.cli.child import environment, forwarding, private_folder, started, status_of
from lychgate.cli.holding import Held, held, login_command, login_until
from lychgate.cli.job_tokens import JobTokens
from lychgate.cli.output import say
from lychgate.cli.spans import duration, shown
from lychgate.client.token import Token
from lychgate.client.windows import windows
from lychgate.kernel.errors import LoginNeeded, LychgateError
from lychgate.world.atomic import write_private

VARIABLE = "BEARER_TOKEN_FILE"
LOOK = 60.0  # seconds: the longest wait before the token is looked at again
AFTER_FAILURE = 5.0  # seconds after a renewal that failed


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--profile", metavar="PROFILE", help="By default the only one.")
@click.option(
    "--for", "walltime", callback=duration, default="0", metavar="SPAN", help="How long the command may take."
)
@click.option("--scope", "scopes", multiple=True, help="All that the command's tokens may do. May be repeated.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.pass_context
def command(
    ctx: click.Context, profile: str | None, walltime: float, scopes: tuple[str, ...], words: tuple[str, ...]
) -> None:
    """Run COMMAND with BEARER_TOKEN_FILE naming a file that always holds a valid access token.

    The exit status is the command's own. With --for, a login that ends before that time is refused at the start. The
    file is readable by you alone and is removed at the end. The tokens are as narrow as --scope and their issuer have
    it, which a line on standard error says: a UNICORE site's are good there alone, and with --for the first one lasts
    so long.

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
    with forwarding() as running, private_folder() as folder:
        file = folder / "token"
        _write(file, token)
        say(f"lychgate: {tokens.told(token)}", err=True)
        running.append(started(words, environment(found.name) | {VARIABLE: str(file)}))
        status = _until_done(running[0], tokens, token, file)
    ctx.exit(status_of(status))


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
            say(f"lychgate: the token was not renewed: {error}", err=True)
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
