"""``lychgate realm ...``: issuers besides the main one, which answer as Keycloak's realms do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.opening import actor, on_engine
from lychgate.cli.output import json_option, show_json, show_table

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import Issuer

COLUMNS = {"realm": "NAME", "issuer": "ISSUER", "audiences": "AUDIENCES", "default_roles": "ROLES"}


@click.group()
def command() -> None:
    """Add and list realms. A realm is an issuer of its own: it has its own clients, keys and tokens; people are shared.

    It answers at the addresses and in the formats of Keycloak, below /realms/NAME and below /auth/realms/NAME.

    \b
    Examples:
      lychgate realm add compute --audience https://wps.example.org
      lychgate realm list
      lychgate client add --realm compute --id wps --public --grant authorization_code --redirect-uri http://127.0.0.1
    """


@command.command()
@click.argument("name")
@click.option("--audience", "audiences", multiple=True, help="A URL that all its tokens are for. May be repeated.")
@click.option("--role", "default_roles", multiple=True, help="A role that everybody has there. May be repeated.")
@click.option("--alg", type=click.Choice(["RS256", "ES256", "EdDSA"]), help="Of its tokens.  [default: RS256]")
@json_option
@on_engine
async def add(engine: Engine, name: str, as_json: bool, alg: str | None, **lists: tuple[str, ...]) -> None:
    """Make a realm, with a signing key of its own. A server that runs knows it within a second."""
    from lychgate.server.issuers import realms

    settings = {field: list(dict.fromkeys(values)) for field, values in lists.items()} | ({"alg": alg} if alg else {})
    made = await realms.add(engine, actor(), name, settings)
    if as_json:
        show_json(_described(made))
        return
    click.echo(f"Made the realm {name}.")
    click.echo(f"  issuer     {made.url}")
    click.echo(f"  discovery  {made.url}/.well-known/openid-configuration")
    click.echo(f"Next:\n  lychgate client add --realm {name} --name NAME")


@command.command("list")
@json_option
@on_engine
async def list_(engine: Engine, as_json: bool) -> None:
    """List the realms."""
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
        "audiences": list(realm.audiences),
        "default_roles": list(realm.roles),
        "alg": settings.get("alg"),
    }
