"""``lychgate token``: a token that is valid now, for a program that takes one."""

from __future__ import annotations

import time

import click

from lychgate.cli.holding import held, profile_argument
from lychgate.cli.output import json_option, show_json
from lychgate.cli.spans import shown, span
from lychgate.client.token import Token
from lychgate.kernel.errors import LychgateError


class TooShort(LychgateError):
    """The issuer's tokens do not live as long as was asked for."""


@click.command()
@profile_argument
@click.option("--min-valid", callback=span, default="0", metavar="SPAN", help="Renew it if it has less left (10m).")
@click.option("--header", is_flag=True, help="Print the whole header field.")
@json_option
def command(profile: str | None, min_valid: float, header: bool, as_json: bool) -> None:
    """Print an access token that is valid now, renewed if need be. Nobody is asked: exit status 3 means to log in.

    \b
    Examples:
      curl -H "$(lychgate token climate --header)" https://api.example.org/me
      lychgate token --min-valid 10m
    """
    found = held(profile)
    login = found.login()
    token = found.run(login.token())
    if token.valid_for() < min_valid:
        token = found.run(login.renewal.after(token))
        _require(token, min_valid, found.where)
    text = token.access.reveal()
    if as_json:
        show_json(
            {"access_token": text, "token_type": token.type, "expires_at": token.expires_at, "scope": [*token.scope]}
        )
    else:
        click.echo(f"Authorization: {token.type} {text}" if header else text)


def _require(token: Token, min_valid: float, where: str) -> None:
    left = token.valid_for(time.time())
    if left < min_valid:
        raise TooShort(
            f"a new token of {where} lives {shown(left)} only, and {shown(min_valid)} were asked for. "
            "Ask for less, or have the issuer's administrator give this client longer tokens."
        )
