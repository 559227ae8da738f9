"""``lychgate client initial-token ...``: initial access tokens, whose holders may register clients (RFC 7591 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .opening import actor, issuer_of, on_engine, realm_option
from .output import json_option, show_json, show_table, when
from .spans import span

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

COLUMNS = {"id": "ID", "uses": "USES LEFT", "expires_at": "ENDS", "made_by": "MADE BY"}


@click.group("initial-token")
def initial_token() -> None:
    """Make, list and remove initial access tokens. Whoever holds one may register clients.

    That is where the server's "registration" is "token" or "open".

    \b
    Examples:
      lychgate client initial-token add --uses 5 --lasting 7d
      lychgate client initial-token list
      lychgate client initial-token remove ee2a7396ad938699
    """


@initial_token.command()
@click.option("--uses", type=click.IntRange(1), default=1, show_default=True, help="How many clients it may register.")
@click.option("--lasting", default="1d", show_default=True, callback=span, help="Until it ends: 3600, 48h, 7d.")
@realm_option
@on_engine
async def add(engine: Engine, uses: int, lasting: float, realm: str | None) -> None:
    """Make one and print it, this once.

    \b
    Examples:
      lychgate client initial-token add
      lychgate client initial-token add --uses 5 --lasting 7d
    """
    from lychgate.server.programs import clients

    issuer = await issuer_of(engine, realm)
    click.echo(await clients.let_register(engine, actor(), issuer.id, uses, int(lasting)))


@initial_token.command("list")
@realm_option
@json_option
@on_engine
async def list_(engine: Engine, realm: str | None, as_json: bool) -> None:
    """List those that are good still; never the tokens themselves.

    \b
    Examples:
      lychgate client initial-token list
      lychgate client initial-token list --json
    """
    from lychgate.server.programs import clients

    found = await clients.letting_register(engine, (await issuer_of(engine, realm)).id)
    rows = [
        {"id": clients.token_id(one), "uses": one.uses, "expires_at": when(one.expires_at), "made_by": one.note}
        for one in found
    ]
    if as_json:
        show_json(rows)
    else:
        show_table(rows, COLUMNS, empty="There are none. Next: lychgate client initial-token add")


@initial_token.command()
@click.argument("id")
@realm_option
@on_engine
async def remove(engine: Engine, id: str, realm: str | None) -> None:
    """Remove one by its ID in the list. The clients that it registered stay.

    \b
    Example:
      lychgate client initial-token remove ee2a7396ad938699
    """
    from lychgate.server.programs import clients

    await clients.let_register_no_more(engine, actor(), (await issuer_of(engine, realm)).id, id)
    click.echo(f"Removed the initial access token {id}.")
