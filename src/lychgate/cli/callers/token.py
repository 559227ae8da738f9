"""``lychgate token``: a token that is valid now, for a program that takes one."""

from __future__ import annotations

import time
from pathlib import Path

import click

from lychgate.cli.holding import Held, held, profile_argument
from lychgate.cli.job_tokens import JobTokens, TooShort
from lychgate.cli.output import json_option, say, show_json
from lychgate.cli.spans import duration, shown, span
from lychgate.client.token import Token
from lychgate.world.atomic import write_private


@click.command()
@profile_argument
@click.option("--min-valid", callback=span, default="0", metavar="SPAN", help="Renew it if it has less left (10m).")
@click.option(
    "--for-job", callback=duration, default="0", metavar="SPAN", help="A narrow one, for a job of so long (48h)."
)
@click.option("--scope", "scopes", multiple=True, help="With --for-job: all that the job may do. May be repeated.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file, readable by you alone.")
@click.option("--header", is_flag=True, help="Print the whole header field.")
@json_option
def command(
    profile: str | None,
    min_valid: float,
    for_job: float,
    scopes: tuple[str, ...],
    out: Path | None,
    header: bool,
    as_json: bool,
) -> None:
    """Print an access token that is valid now, renewed if need be. Nobody is asked: exit status 3 means to log in.

    With --for-job it is one to hand to a job: valid as long as that, without the refresh token, and as narrow as its
    issuer lets it be; one line on standard error says how. A UNICORE site issues one that is good there alone. A token
    that is bound to a key (DPoP) is of no use to a program that only sends it: --header, --out and --for-job refuse it.

    \b
    Examples:
      curl -H "$(lychgate token climate --header)" https://api.example.org/me
      lychgate token --min-valid 10m
      lychgate token juwels --for-job 48h --out ~/job/token
    """
    found = held(profile)
    if scopes and not for_job:
        raise click.UsageError("--scope goes with --for-job")
    token = _for_job(found, for_job, scopes) if for_job else _usual(found, min_valid)
    text = token.bare() if header or out or for_job else token.access.reveal()
    if out is not None:
        write_private(out.expanduser(), text.encode("ascii"))
    elif as_json:
        show_json(
            {"access_token": text, "token_type": token.type, "expires_at": token.expires_at, "scope": [*token.scope]}
        )
    else:
        click.echo(f"Authorization: {token.type} {text}" if header else text)


def _usual(found: Held, min_valid: float) -> Token:
    token = found.token()
    if token.valid_for() < min_valid:
        token = found.anew(token)
        _require(token, min_valid, found.where)
    return token


def _for_job(found: Held, lasting: float, scopes: tuple[str, ...]) -> Token:
    tokens = JobTokens(found, [word for scope in scopes for word in scope.split()], lasting)
    token = tokens.first()
    token.bare()  # before anything is said of it
    say(f"lychgate: {tokens.told(token)}", err=True)
    return token


def _require(token: Token, min_valid: float, where: str) -> None:
    remaining = token.valid_for(time.time())
    if remaining < min_valid:
        raise TooShort(
            f"a new token of {where} lives {shown(remaining)} only, and {shown(min_valid)} were asked for. "
            "Ask for less, or have the issuer's administrator give this client longer tokens."
        )
