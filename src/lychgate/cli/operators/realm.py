"""``lychgate realm ...``: issuers besides the main one, which answer as Keycloak's realms do."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.asking import agreed, yes_option
from lychgate.cli.opening import actor, on_engine
from lychgate.cli.output import json_option, show_json, show_table

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import Issuer

COLUMNS = {"realm": "NAME", "issuer": "ISSUER", "audiences": "AUDIENCES", "default_roles": "ROLES"}
SETTINGS = (
    click.option("--display-name", help="What its pages call it; by default its host."),
    click.option("--audience", "audiences", multiple=True, help="A URL that all its tokens are for. May be repeated."),
    click.option("--role", "default_roles", multiple=True, help="A role that everybody has there. May be repeated."),
    click.option("--alg", type=click.Choice(["RS256", "ES256", "EdDSA"]), help="Of its tokens.  [default: RS256]"),
)
LISTS = ("audiences", "default_roles")


def _described_by(function: Callable[..., Any]) -> Callable[..., Any]:
    return reduce(lambda inner, option: option(inner), reversed(SETTINGS), function)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The settings that were given; '' empties a list, and takes a display name away (None)."""
    lists = {name: list(dict.fromkeys(word for word in options[name] if word)) for name in LISTS if options[name]}
    return lists | {name: options[name] or None for name in ("display_name", "alg") if options[name] is not None}


@click.group()
def command() -> None:
    """Add, edit, list and remove realms: issuers of their own, with their own clients, keys and tokens.

    People are shared. A realm answers at the addresses and in the formats of Keycloak, below /realms/NAME and below
    /auth/realms/NAME.

    \b
    Examples:
      lychgate realm add compute --audience https://wps.example.org
      lychgate realm edit compute --display-name "Compute cluster" --role compute-user
      lychgate realm list
      lychgate client add --realm compute --id wps --public --grant authorization_code --redirect-uri http://127.0.0.1
    """


@command.command()
@click.argument("name")
@_described_by
@json_option
@on_engine
async def add(engine: Engine, name: str, as_json: bool, **options: Any) -> None:
    """Make a realm, with a signing key of its own. A server that runs knows it within a second.

    \b
    Example:
      lychgate realm add compute --audience https://wps.example.org
    """
    from lychgate.server.issuers import realms

    settings = {name: value for name, value in _given(options).items() if value is not None}
    made = await realms.add(engine, actor(), name, settings)
    if as_json:
        show_json(_described(made))
        return
    click.echo(f"Made the realm {name}.")
    click.echo(f"  issuer     {made.url}")
    click.echo(f"  discovery  {made.url}/.well-known/openid-configuration")
    click.echo(f"Next:\n  lychgate client add --realm {name} --name NAME")


@command.command()
@click.argument("name")
@_described_by
@json_option
@on_engine
async def edit(engine: Engine, name: str, as_json: bool, **options: Any) -> None:
    """Change what is given and leave the rest. A server that runs knows it within a second.

    What may be given more than once replaces what was there before; '' empties it. Its name and address stay.

    \b
    Example:
      lychgate realm edit compute --audience https://wps.example.org
    """
    from lychgate.server.issuers import realms

    changes = _given(options)
    if not changes:
        raise click.UsageError("nothing to change: give at least one option")
    made = await realms.edit(engine, actor(), await realms.find(engine, name), changes)
    if as_json:
        show_json(_described(made))
    else:
        click.echo(f"Changed the realm {name}.")


@command.command()
@click.argument("name")
@click.option("--with-clients", is_flag=True, help="Its clients too, and every login at them.")
@yes_option
@on_engine
async def remove(engine: Engine, name: str, with_clients: bool, yes: bool) -> None:
    """Remove a realm and its keys: none of its tokens is accepted any more. People are shared, and stay.

    A realm that has clients stays, unless they are to go with it.

    \b
    Example:
      lychgate realm remove compute
    """
    from lychgate.server.issuers import realms
    from lychgate.server.stores.store import Occupied

    realm = await realms.find(engine, name)
    count = await engine.store.clients_of(realm.id)
    if count and not with_clients:
        raise Occupied(
            f"the realm {name} has {_clients(count)}, so it stays; to remove them too: "
            f"lychgate realm remove {name} --with-clients"
        )
    gone = f" and its {_clients(count)}, with every login there" if count else ""
    agreed(yes, f"Remove the realm {name}{gone}? None of its tokens is accepted any more.")
    await realms.remove(engine, actor(), realm, with_clients)
    click.echo(f"Removed the realm {name}{gone}.")


def _clients(count: int) -> str:
    return f"{count} client{'' if count == 1 else 's'}"


@command.command("list")
@json_option
@on_engine
async def list_(engine: Engine, as_json: bool) -> None:
    """List the realms.

    \b
    Examples:
      lychgate realm list
      lychgate realm list --json
    """
    found = sorted((one for one in await engine.store.issuers() if one.realm), key=lambda one: one.realm)
    described = [_described(one) for one in found]
    if as_json:
        show_json(described)
    else:
        show_table(described, COLUMNS, empty="There are no realms. Next: lychgate realm add NAME")


def _described(realm: Issuer) -> dict[str, Any]:
    settings = realm.settings
    return {
        "realm": realm.realm,
        "issuer": realm.url,
        "display_name": realm.display_name or None,
        "audiences": list(realm.audiences),
        "default_roles": list(realm.roles),
        "alg": settings.get("alg"),
    }
