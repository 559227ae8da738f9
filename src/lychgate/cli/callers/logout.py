"""``lychgate logout``: the login ends, here and at its issuer."""

from __future__ import annotations

import click

from lychgate.cli.holding import Held, held, profile_argument
from lychgate.cli.output import cell, say
from lychgate.kernel.errors import LychgateError
from lychgate.world.profiles import profile_names


@click.command()
@profile_argument
@click.option("--all", "everything", is_flag=True, help="End the logins of all profiles.")
def command(profile: str | None, everything: bool) -> None:
    """End a login: it is forgotten here, and its issuer is told where it can be. The profile stays.

    \b
    Examples:
      lychgate logout auth.example.org
      lychgate logout --all
    """
    failures = [error for name in _names(profile, everything) if (error := _end(held(name))) is not None]
    if failures:
        raise failures[0]


def _names(profile: str | None, everything: bool) -> list[str | None]:
    if everything and profile:
        raise click.UsageError("name a profile, or say --all")
    return [*profile_names()] if everything else [profile]


def _end(found: Held) -> LychgateError | None:
    """What the issuer answered where it could not be told; the login is forgotten all the same."""
    if not found.logins:
        return None
    token, who = found.kept()
    if token is None:
        say(f'Nobody is logged in with the profile "{found.name}".')
        return None
    try:
        ended = [found.run(login.logout()) for login in found.logins]  # each of them, whatever became of the first
    except LychgateError as error:
        say(f'The login of "{found.name}" is forgotten here, but {found.where} was not told.', err=True)
        return error
    where = f"at {found.where}" if any(ended) else f"here; {found.where} has no way to be told"
    say(f"Logged out {cell(who or 'the login')} {where}.")
    return None
