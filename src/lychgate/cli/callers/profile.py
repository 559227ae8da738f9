"""``lychgate profile``: credentials by name, kept as references in ``profiles.toml``."""

from __future__ import annotations

from typing import Any

import click

from lychgate.cli.holding import held
from lychgate.cli.kind_options import KINDS, KindCommand, taken
from lychgate.cli.output import json_option, say, show_json, show_table
from lychgate.cli.spans import left
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Request
from lychgate.world.profiles import (
    check_profile,
    open_profile,
    profile_names,
    profile_table,
    profiles_file,
    remove_profile,
    save_profile,
)

COLUMNS = {"profile": "PROFILE", "kind": "KIND", "name": "NAME", "origins": "ORIGINS", "store": "STORE"}


@click.group()
def command() -> None:
    """Add, show, edit, try and remove profiles: a credential by name, for `lychgate.auth("NAME")` and the commands.

    \b
    Examples:
      lychgate profile add climate --preset climate_engine --client-id b26 --client-secret env:CLIMATE_SECRET
      lychgate profile list
    """


@command.command(cls=KindCommand)
@click.argument("name")
@click.pass_context
def add(ctx: click.Context, /, name: str, **given: Any) -> None:
    """Add the profile NAME. Say what it is, and the options of that kind appear in --help.

    A secret is a reference, never the text itself: env:NAME, file:PATH, keyring:SERVICE/USER or command:WORDS. What
    is missing is asked for at a terminal.

    \b
    Examples:
      lychgate profile add climate --preset climate_engine --client-id b26 --client-secret env:CLIMATE_SECRET
      lychgate profile add vendor --authenticator api_key --value file:~/.vendor --origin https://api.vendor.example
      lychgate profile add --source client_credentials --help
    """
    if name in profile_names():
        raise ConfigError(f'there is a profile "{name}" already. Change it:  lychgate profile edit {name}')
    _keep(name, taken(ctx, given))
    say(f'Added the profile "{name}" to {profiles_file()}. Try it:  lychgate profile test {name}')


@command.command(cls=KindCommand, edits=True)
@click.argument("name")
@click.option("--unset", multiple=True, metavar="KEY", help="Take this key away. May be repeated.")
@click.pass_context
def edit(ctx: click.Context, /, name: str, unset: tuple[str, ...], **given: Any) -> None:
    """Change what is given, keep the rest. The options are those of the profile's kind.

    \b
    Examples:
      lychgate profile edit climate --client-secret keyring:lychgate/climate
      lychgate profile edit climate --unset store
    """
    table = {**_table(name), **taken(ctx, given)}
    for key in unset:
        if table.pop(key, None) is None:
            raise ConfigError(f'the profile "{name}" has no key "{key}"', field=key)
    _keep(name, table)
    say(f'Changed the profile "{name}".')


@command.command("list")
@json_option
def show_all(as_json: bool) -> None:
    """List the profiles.

    \b
    Examples:
      lychgate profile list
      lychgate profile list --json
    """
    rows = [_row(name) for name in profile_names()]
    if as_json:
        show_json(rows)
    else:
        show_table(rows, COLUMNS, empty="There is no profile yet. Add one:  lychgate profile add NAME --preset PRESET")


@command.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a profile's keys; of its secrets, where they are kept.

    \b
    Examples:
      lychgate profile show climate
    """
    table = _table(name)
    check_profile(name, table)  # so that a secret typed in clear is refused, not shown
    if as_json:
        show_json({"profile": name, **table})
    else:
        show_table([{"key": key, "value": value} for key, value in table.items()], {"key": "KEY", "value": "VALUE"})


@command.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a profile. Its login is kept where it is: end it first with `lychgate logout NAME`.

    \b
    Examples:
      lychgate profile remove climate
    """
    _table(name)
    remove_profile(name)
    say(f'Removed the profile "{name}".')


@command.command()
@click.argument("name")
def test(name: str) -> None:
    """Try a profile: find its secrets, and get a token where it has a source of tokens. Nobody is asked.

    \b
    Examples:
      lychgate profile test climate
    """
    found = held(name)
    if not found.gives_tokens:
        assert found.authenticator is not None
        found.run(found.authenticator.prepare(Request("GET", (found.profile.origins or ["https://x.invalid"])[0])))
        say(f'The profile "{name}" is in order: its credential can be read. Nothing was sent.')
        return
    token = found.token()
    say(f'The profile "{name}" is in order: {found.where} gave a token ({left(token.expires_at)}).')


def _keep(name: str, table: dict[str, Any]) -> None:
    try:
        check_profile(name, table)
    except ConfigError as error:  # what does not fit was typed: it stands in no file, on no line of one
        raise ConfigError(error.problem, field=error.field) from None
    save_profile(name, table)


def _table(name: str) -> dict[str, Any]:
    table = profile_table(name)
    if not table:
        open_profile(name)  # which says what is wrong
    return table


def _row(name: str) -> dict[str, Any]:
    table = profile_table(name)
    kind = next((kind for kind in KINDS if kind in table), "")
    found = {"profile": name, "kind": kind, "name": table.get(kind, "")}
    return found | {key: table.get(key) for key in ("origins", "store")}
