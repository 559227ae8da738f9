"""``lychgate client ...``: programs that may get tokens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.asking import agreed, yes_option
from lychgate.cli.client_options import changes_of, describing_options, merged
from lychgate.cli.client_shown import COLUMNS, described, show_client, show_made
from lychgate.cli.initial_tokens import initial_token
from lychgate.cli.opening import actor, issuer_of, on_engine, people, realm_option
from lychgate.cli.output import json_option, short, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import Client

PAGE = 500


@click.group()
def command() -> None:
    """Add, edit, list, disable and remove clients: programs that may get tokens. ID is the client's id.

    \b
    Examples:
      lychgate client add --name robot --owner ada@example.org --scope read
      lychgate client add --id job --method private_key_jwt --jwks job.jwks.json --alg RS256
      lychgate client add --id bank --profile fapi2 --dpop --method private_key_jwt --jwks bank.jwks.json
      lychgate client add --id api --resource https://api.example.org
      lychgate client rotate-secret robot --keep 3600
      lychgate client initial-token add --uses 5 --lasting 7d
    """


command.add_command(initial_token)


@command.command()
@describing_options
@json_option
@on_engine
async def add(engine: Engine, as_json: bool, realm: str | None, jwks: Path | None, **given: Any) -> None:
    """Register a client. Its secret is made here and shown once.

    By default it authenticates by client_secret_basic and gets tokens by client_credentials.

    \b
    Examples:
      lychgate client add --name robot --owner ada@example.org --scope read
      lychgate client add --id app --public --grant authorization_code --redirect-uri http://127.0.0.1:8888
      lychgate client add --id api --resource https://api.example.org
    """
    from lychgate.server.model import Client
    from lychgate.server.programs import clients
    from lychgate.server.secrets import new_id

    issuer = await issuer_of(engine, realm)
    changes = await changes_of(engine, given, jwks)
    id = given["id"] or new_id()
    changes.setdefault("name", f"client {id[:8]}" if given["id"] is None else id)
    made = await clients.add(engine, actor(), Client(issuer.id, id, **merged(changes, {})))
    show_made(made, issuer, as_json, "Registered")


@command.command()
@click.argument("client_id", metavar="[ID]", required=False)
@describing_options
@json_option
@on_engine
async def edit(
    engine: Engine, client_id: str | None, as_json: bool, realm: str | None, jwks: Path | None, **given: Any
) -> None:
    """Change what is given and leave the rest.

    What may be given more than once replaces what was there before; '' empties it.

    \b
    Examples:
      lychgate client edit robot --scope read --scope write
      lychgate client edit robot --owner ''
    """
    from lychgate.server.programs import clients

    if (client_id is None) == (given["id"] is None):
        raise click.UsageError("name the client once, by ID or by --id")
    issuer = await issuer_of(engine, realm)
    changes = await changes_of(engine, given, jwks)
    if not changes:
        raise click.UsageError("nothing to change: give at least one option")
    client = await clients.find(engine, client_id or given["id"], issuer.id)
    changes = merged(changes, client.extra)
    show_made(await clients.edit(engine, actor(), client, changes), issuer, as_json, "Changed")


@command.command("list")
@click.option("--owner", help="Only those of this person (e-mail address, name or id).")
@click.option("--search", default="", help="Only those whose id or name holds this.")
@realm_option
@json_option
@on_engine
async def list_(engine: Engine, owner: str | None, search: str, realm: str | None, as_json: bool) -> None:
    """List clients, and when they were last used.

    \b
    Examples:
      lychgate client list
      lychgate client list --owner ada@example.org --json
    """
    from lychgate.server.people import accounts

    issuer = await issuer_of(engine, realm)
    user = await accounts.find(engine, owner) if owner else None
    found: list[Client] = []
    while page := await engine.store.clients(
        issuer.id, user.id if user else None, search, found[-1].id if found else "", PAGE
    ):
        found += page
    shown = [described(client, issuer) for client in found]
    if as_json:
        show_json(shown)
        return
    owners = await people(engine, [client.owner for client in found])
    rows = [one | {"owner": owners.get(one["owner"]), "last_used_at": short(one["last_used_at"])} for one in shown]
    none = "There are no clients. Next: lychgate client add --name NAME"
    show_table(rows, COLUMNS, empty="No client fits." if search or owner else none)


@command.command()
@click.argument("id")
@realm_option
@json_option
@on_engine
async def show(engine: Engine, id: str, realm: str | None, as_json: bool) -> None:
    """Show all that is kept of a client, but for secrets and keys.

    \b
    Examples:
      lychgate client show robot
      lychgate client show robot --json
    """
    from lychgate.server.programs import clients

    issuer = await issuer_of(engine, realm)
    client = await clients.find(engine, id, issuer.id)
    if as_json:
        show_json(described(client, issuer))
    else:
        show_client(client, issuer, (await people(engine, [client.owner])).get(client.owner or ""))


async def _set_active(engine: Engine, id: str, realm: str | None, active: bool) -> None:
    from lychgate.server.programs import clients

    client = await clients.find(engine, id, (await issuer_of(engine, realm)).id)
    await clients.edit(engine, actor(), client, {"active": active}, "client.enable" if active else "client.disable")


@command.command()
@click.argument("id")
@realm_option
@on_engine
async def disable(engine: Engine, id: str, realm: str | None) -> None:
    """End this client's tokens and logins; it gets no more until it is enabled.

    \b
    Example:
      lychgate client disable robot
    """
    await _set_active(engine, id, realm, False)
    click.echo(f"Disabled client {id}; its tokens and logins have ended. Undo: lychgate client enable {id}")


@command.command()
@click.argument("id")
@realm_option
@on_engine
async def enable(engine: Engine, id: str, realm: str | None) -> None:
    """Let this client get tokens again.

    \b
    Example:
      lychgate client enable robot
    """
    await _set_active(engine, id, realm, True)
    click.echo(f"Enabled client {id}.")


@command.command("rotate-secret")
@click.argument("id")
@click.option("--keep", type=int, help="Seconds for which the old secret stays good; 0 ends it now.  [default: a day]")
@realm_option
@json_option
@on_engine
async def rotate_secret(engine: Engine, id: str, keep: int | None, realm: str | None, as_json: bool) -> None:
    """Make a new secret, shown once. The old one stays good for a day, so that nothing stops meanwhile.

    \b
    Examples:
      lychgate client rotate-secret robot
      lychgate client rotate-secret robot --keep 3600
    """
    from lychgate.server.programs import clients

    issuer = await issuer_of(engine, realm)
    client = await clients.find(engine, id, issuer.id)
    made = await clients.rotate(engine, actor(), client, clients.KEEP if keep is None else keep)
    show_made(made, issuer, as_json, "New secret for")
    if made.old_not_after and not as_json:
        click.echo(f"The old secret ends at {when(made.old_not_after)}.")


@command.command()
@click.argument("id")
@yes_option
@realm_option
@on_engine
async def remove(engine: Engine, id: str, realm: str | None, yes: bool) -> None:
    """Remove a client; its tokens and logins end at once.

    \b
    Examples:
      lychgate client remove robot
      lychgate client remove robot --yes
    """
    from lychgate.server.programs import clients

    client = await clients.find(engine, id, (await issuer_of(engine, realm)).id)
    agreed(yes, f"Remove the client {id}? Its tokens and logins end at once.")
    await clients.remove(engine, actor(), client)
    click.echo(f"Removed client {id}.")
