"""``lychgate user map`` and ``user show``: what people may choose on a supercomputer, and all that is known of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .opening import actor, on_engine
from .output import cell, json_option, show_json, when
from .user_keys import described as described_key

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import User


def described(user: User) -> dict[str, Any]:
    """A person as JSON shows them."""
    shown = {name: getattr(user, name) for name in ("id", "email", "name", "active", "superuser", "verified")}
    for name in ("claims", "choices"):
        if found := getattr(user, name):
            shown[name] = found
    return shown | {"roles": list(user.roles), "groups": list(user.groups), "created_at": when(user.created_at)}


@click.command("map")
@click.argument("who")
@click.option("--uid", metavar="A,B", help="The logins that they may take.")
@click.option("--group", metavar="A,B", help="The groups.")
@click.option("--role", metavar="A,B", help="The roles, such as user.")
@click.option("--supplementary", metavar="X+Y", help="The groups that they may have besides.")
@json_option
@on_engine
async def map_(engine: Engine, who: str, as_json: bool, **given: str | None) -> None:
    """Set what a person may choose on a supercomputer; the first of each is the usual one, '' takes all away.

    What is not given stays as it was; without any option it is shown.

    \b
    Example:
      lychgate user map ada@example.org --uid ada,ada2 --group hpc,bio --role user --supplementary x+y
    """
    from lychgate.server.people import accounts
    from lychgate.server.supercomputers import choices

    user = await accounts.find(engine, who)
    signs = {"supplementary": "+"}
    wanted = {
        kind: [word for word in text.split(signs.get(kind, ",")) if word]
        for kind, text in given.items()
        if text is not None
    }
    if wanted:
        user = await accounts.edit(engine, actor(), user, {"choices": choices.edited(user, wanted)}, "user.map")
    if as_json:
        show_json(user.choices)
    else:
        _say(user.email, user.choices)


def _say(email: str, found: dict[str, Any]) -> None:
    click.echo(
        f"{email} may choose:" if found else f"{email} may choose nothing: lychgate user map {email} --uid LOGIN"
    )
    for kind, values in found.items():
        click.echo(f"  {kind:<14} {cell(values)}")


@click.command()
@click.argument("who")
@json_option
@on_engine
async def show(engine: Engine, who: str, as_json: bool) -> None:
    """Show all that is kept of a person, but for passwords and second factors.

    \b
    Examples:
      lychgate user show ada@example.org
      lychgate user show ada --json
    """
    from lychgate.server.people import accounts

    user = await accounts.find(engine, who)
    keys = await engine.store.user_keys(user.id)
    if as_json:
        show_json(described(user) | {"choices": user.choices, "keys": [described_key(one) for one in keys]})
        return
    for name, value in described(user).items():
        if name not in ("claims", "choices"):
            click.echo(f"{name:<16} {cell(value)}")
    for name, value in user.claims.items():
        click.echo(f"{'claim ' + name:<16} {cell(value)}")
    for one in keys:
        click.echo(f"{'key':<16} {one.kind} {one.fingerprint} {cell(one.name)}")
    _say(user.email, user.choices)
