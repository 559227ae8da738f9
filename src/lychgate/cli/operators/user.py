"""``lychgate user ...``: people who may log in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.asking import agreed, password_option, yes_option
from lychgate.cli.opening import actor, on_engine
from lychgate.cli.output import json_option, short, show_json, show_table
from lychgate.cli.user_keys import key
from lychgate.cli.user_map import described, map_, show
from lychgate.cli.user_tokens import token

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import User

PAGE = 500
COLUMNS = {
    "email": "EMAIL",
    "name": "NAME",
    "active": "ACTIVE",
    "superuser": "SUPERUSER",
    "roles": "ROLES",
    "groups": "GROUPS",
    "created_at": "CREATED",
}


@click.group()
def command() -> None:
    """Add, edit, list, disable and enable people. WHO is an e-mail address, a name or an id.

    \b
    Examples:
      lychgate user add ada@example.org --superuser
      echo "$PASSWORD" | lychgate user add ada@example.org --role all-datasets --password-stdin
      lychgate user list --search ada
      lychgate user edit ada@example.org --role reader --role writer
      lychgate user edit ada@example.org --claim given_name=Ada --claim address.locality=London
      lychgate user map ada@example.org --uid ada --group hpc,bio
      lychgate user key add ada@example.org ~/.ssh/id_ed25519.pub
      lychgate user disable ada@example.org
    """


for _more in (key, map_, show, token):
    command.add_command(_more)


@command.command()
@click.argument("email")
@click.option("--name", help="A second name to log in with; by default the e-mail address.")
@click.option("--role", "roles", multiple=True, help="A role in this person's tokens; may be repeated.")
@click.option("--group", "groups", multiple=True, help="A group that this person is in; may be repeated.")
@click.option("--superuser", is_flag=True, help="An administrator of this server.")
@password_option
@json_option
@on_engine
async def add(
    engine: Engine,
    email: str,
    name: str | None,
    roles: tuple[str, ...],
    groups: tuple[str, ...],
    superuser: bool,
    password: str,
    as_json: bool,
) -> None:
    """Add a person. The password is asked for, or read with --password-stdin.

    \b
    Examples:
      lychgate user add ada@example.org --superuser
      echo "$PASSWORD" | lychgate user add ada@example.org --role reader --password-stdin
    """
    from lychgate.server.people import accounts

    user = await accounts.add(
        engine, actor(), email, password, name=name, superuser=superuser, roles=roles, groups=groups
    )
    if as_json:
        show_json(described(user))
    else:
        click.echo(f"Added {user.email}, id {user.id}{', administrator' if superuser else ''}.")


@command.command()
@click.argument("who")
@click.option("--email", help="A new e-mail address.")
@click.option("--name", help="A new second name to log in with.")
@click.option("--role", "roles", multiple=True, help="The roles from now on, instead of those before; '' for none.")
@click.option("--group", "groups", multiple=True, help="The groups from now on, instead of those before; '' for none.")
@click.option("--superuser/--no-superuser", default=None, help="An administrator, or no longer.")
@click.option("--verified/--not-verified", default=None, help="Whether the e-mail address is known to be theirs.")
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME=VALUE",
    help="What programs are told that may see the profile, address or phone: given_name=Ada, phone_number=+44..., "
    "address.locality=London; may be repeated; 'NAME=' takes it away.",
)
@on_engine
async def edit(engine: Engine, who: str, claims: tuple[str, ...], **given: Any) -> None:
    """Change what is given and leave the rest.

    \b
    Examples:
      lychgate user edit ada@example.org --role reader --role writer
      lychgate user edit ada@example.org --group ''
    """
    from lychgate.server.people import accounts, told

    changes = {name: value for name, value in given.items() if value is not None and value != ()}
    for many in ("roles", "groups"):
        if many in changes:
            changes[many] = tuple(dict.fromkeys(word for word in changes[many] if word))
    if not changes and not claims:
        raise click.UsageError("nothing to change: give at least one option")
    user = await accounts.find(engine, who)
    if claims:
        changes["claims"] = told.edited(user.claims, claims, engine.clock())
    user = await accounts.edit(engine, actor(), user, changes)
    click.echo(f"Changed {user.email}.")


@command.command("forget-factors")
@click.argument("who")
@on_engine
async def forget_factors(engine: Engine, who: str) -> None:
    """Take code app, passkeys and recovery codes from somebody who has lost them; the password is enough again.

    \b
    Example:
      lychgate user forget-factors ada@example.org
    """
    from lychgate.server.people import accounts, enrol

    user = await accounts.find(engine, who)
    count = await enrol.forget(engine, actor(), user)
    click.echo(f"{user.email}: forgot {count} factors." if count else f"{user.email} has no second factor.")


@command.command("list")
@click.option("--search", default="", help="Only those whose e-mail address or name holds this.")
@json_option
@on_engine
async def list_(engine: Engine, search: str, as_json: bool) -> None:
    """List people.

    \b
    Examples:
      lychgate user list
      lychgate user list --search ada --json
    """
    found: list[User] = []
    while page := await engine.store.users(search, found[-1].id if found else "", PAGE):
        found += page
    whole = [described(user) for user in found]
    if as_json:
        show_json(whole)
        return
    rows = [one | {"created_at": short(one["created_at"])} for one in whole]
    nobody = "There is nobody yet. Next: lychgate user add EMAIL --superuser"
    show_table(rows, COLUMNS, empty="Nobody fits." if search else nobody)


async def _set_active(engine: Engine, who: str, active: bool) -> User:
    from lychgate.server.people import accounts

    user = await accounts.find(engine, who)
    event = "user.enable" if active else "user.disable"
    return await accounts.edit(engine, actor(), user, {"active": active}, event)


@command.command()
@click.argument("who")
@on_engine
async def disable(engine: Engine, who: str) -> None:
    """End this person's logins and tokens; nobody can log in as them until they are enabled.

    \b
    Example:
      lychgate user disable ada@example.org
    """
    user = await _set_active(engine, who, False)
    click.echo(f"Disabled {user.email}; their logins and tokens have ended. Undo: lychgate user enable {user.email}")


@command.command()
@click.argument("who")
@on_engine
async def enable(engine: Engine, who: str) -> None:
    """Let this person log in again.

    \b
    Example:
      lychgate user enable ada@example.org
    """
    user = await _set_active(engine, who, True)
    click.echo(f"Enabled {user.email}; they must log in anew.")


@command.command()
@click.argument("who")
@password_option
@on_engine
async def password(engine: Engine, who: str, password: str) -> None:
    """Set a new password; the logins and tokens before it end.

    \b
    Examples:
      lychgate user password ada@example.org
      echo "$PASSWORD" | lychgate user password ada@example.org --password-stdin
    """
    from lychgate.server.people import accounts

    user = await accounts.set_password(engine, actor(), await accounts.find(engine, who), password)
    click.echo(f"{user.email} has a new password; the logins and tokens before it have ended.")


@command.command()
@click.argument("who")
@yes_option
@on_engine
async def remove(engine: Engine, who: str, yes: bool) -> None:
    """Remove a person, their logins and the clients they own.

    \b
    Examples:
      lychgate user remove ada@example.org
      lychgate user remove ada@example.org --yes
    """
    from lychgate.server.people import accounts

    user = await accounts.find(engine, who)
    agreed(yes, f"Remove {user.email}, their logins and the clients they own?")
    await accounts.remove(engine, actor(), user)
    click.echo(f"Removed {user.email}.")
