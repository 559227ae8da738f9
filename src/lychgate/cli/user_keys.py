"""``lychgate user key ...``: the public keys by which people log in to UNICORE."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from .opening import actor, on_engine
from .output import json_option, short, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.people.login_model import UserKey

LONGEST = 64 * 1024  # bytes of a file that is read at all
COLUMNS = {
    "fingerprint": "FINGERPRINT",
    "kind": "KIND",
    "name": "NAME",
    "created_at": "CREATED",
    "used_at": "LAST USED",
}


@click.group()
def key() -> None:
    """Add, list and remove a person's public keys (OpenSSH or PEM; RSA, ECDSA, Ed25519).

    \b
    Examples:
      lychgate user key add ada@example.org ~/.ssh/id_ed25519.pub
      ssh-add -L | head -1 | lychgate user key add ada@example.org - --name laptop
      lychgate user key remove ada@example.org SHA256:...
    """


def described(key: UserKey) -> dict[str, Any]:
    """A key as JSON shows it."""
    shown = {name: getattr(key, name) for name in ("fingerprint", "kind", "name")}
    return shown | {"created_at": when(key.created_at), "used_at": when(key.used_at), "public": key.public}


@key.command()
@click.argument("who")
@click.argument("file")
@click.option("--name", default="", help="A name to know it by; by default its comment.")
@on_engine
async def add(engine: Engine, who: str, file: str, name: str) -> None:
    """Add the public key in FILE, or from standard input with -.

    \b
    Examples:
      lychgate user key add ada@example.org ~/.ssh/id_ed25519.pub
      ssh-add -L | head -1 | lychgate user key add ada@example.org - --name laptop
    """
    from lychgate.server.people import accounts
    from lychgate.server.supercomputers import user_keys

    user = await accounts.find(engine, who)
    made = await user_keys.add(engine, actor(), user, _text(file), name)
    click.echo(f"Added {made.kind} {made.fingerprint} to {user.email}.")


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.read(LONGEST)
    try:
        with open(file, encoding="utf-8", errors="replace") as found:
            return found.read(LONGEST)
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None


@key.command("list")
@click.argument("who")
@json_option
@on_engine
async def list_(engine: Engine, who: str, as_json: bool) -> None:
    """List a person's keys.

    \b
    Example:
      lychgate user key list ada@example.org
    """
    from lychgate.server.people import accounts

    user = await accounts.find(engine, who)
    rows = [described(one) for one in await engine.store.user_keys(user.id)]
    if as_json:
        show_json(rows)
        return
    told = [one | {"created_at": short(one["created_at"]), "used_at": short(one["used_at"])} for one in rows]
    show_table(told, COLUMNS, empty=f"{user.email} has no key. Next: lychgate user key add {user.email} FILE")


@key.command()
@click.argument("who")
@click.argument("fingerprint")
@on_engine
async def remove(engine: Engine, who: str, fingerprint: str) -> None:
    """Remove a key, by its fingerprint: programs can no longer log in by it.

    \b
    Example:
      lychgate user key remove ada@example.org SHA256:...
    """
    from lychgate.server.people import accounts
    from lychgate.server.supercomputers import user_keys

    user = await accounts.find(engine, who)
    await user_keys.remove(engine, actor(), user, fingerprint)
    click.echo(f"Removed {fingerprint} from {user.email}.")
