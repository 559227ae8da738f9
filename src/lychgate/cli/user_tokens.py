"""``lychgate user token ...``: the tokens that people had issued for their programs at the UNICORE site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .opening import actor, on_engine
from .output import json_option, short, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.supercomputers.unicore_model import IssuedToken

COLUMNS = {
    "id": "ID",
    "created_at": "ISSUED",
    "expires_at": "EXPIRES",
    "seen_at": "LAST USED",
    "renewable": "RENEWABLE",
    "limited": "LIMITED",
    "preferences": "PREFERENCES",
    "address": "FROM",
}
TIMES = ("created_at", "expires_at", "seen_at", "renew_until")


@click.group()
def token() -> None:
    """List and revoke the tokens that a person had issued for programs at the UNICORE site.

    \b
    Examples:
      lychgate user token list ada@example.org
      lychgate user token revoke ada@example.org 5f0c...
      lychgate user token revoke ada@example.org --all
    """


def described(token: IssuedToken) -> dict[str, Any]:
    """A token as JSON shows it: all but the token itself, which nobody keeps."""
    plain = {name: getattr(token, name) for name in ("id", "renewable", "limited", "preferences", "address", "client")}
    return plain | {name: when(getattr(token, name)) for name in TIMES}


@token.command("list")
@click.argument("who")
@json_option
@on_engine
async def list_(engine: Engine, who: str, as_json: bool) -> None:
    """List a person's tokens that have not ended.

    \b
    Example:
      lychgate user token list ada@example.org --json
    """
    from lychgate.server.people import accounts
    from lychgate.server.supercomputers import issued

    user = await accounts.find(engine, who)
    rows = [described(one) for one in await issued.live(engine, user)]
    if as_json:
        show_json(rows)
        return
    told = [one | {name: short(one[name]) for name in TIMES} for one in rows]
    show_table(told, COLUMNS, empty=f"{user.email} has no such token.")


@token.command()
@click.argument("who")
@click.argument("id", required=False)
@click.option("--all", "every", is_flag=True, help="All of this person's tokens.")
@on_engine
async def revoke(engine: Engine, who: str, id: str | None, every: bool) -> None:
    """Revoke a token, by its id, and those that were made with it. Sites that trust this one do not hear of it.

    \b
    Examples:
      lychgate user token revoke ada@example.org 5f0c...
      lychgate user token revoke ada@example.org --all
    """
    from lychgate.server.people import accounts
    from lychgate.server.supercomputers import issued

    if (id is None) != every:
        raise click.UsageError("name one token by its id, or give --all")
    user = await accounts.find(engine, who)
    count = await issued.revoke(engine, actor(), user, id)
    click.echo(f"Revoked {count} {'token' if count == 1 else 'tokens'} of {user.email}.")
