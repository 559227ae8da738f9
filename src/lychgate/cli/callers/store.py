"""``lychgate store``: the logins that are kept on this machine, whichever program made them."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from lychgate.cli.output import cell, json_option, say, show_json, show_table
from lychgate.cli.spans import left
from lychgate.client.token import from_record
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.record import Record
from lychgate.world import locks
from lychgate.world.panel import host_of
from lychgate.world.stores import open_store
from lychgate.world.stores.store import Store

COLUMNS = {"id": "ID", "who": "WHO", "where": "WHERE", "token": "TOKEN", "renews": "RENEWS"}
PATIENCE = 10.0  # seconds that a login's lock is waited for

store_option = click.option(
    "--store", "place", default="file", show_default=True, metavar="STORE", help='"file", or a folder.'
)


@click.group()
def command() -> None:
    """List, show, forget and move the logins that are kept. No token is ever shown: `lychgate token` prints one.

    \b
    Examples:
      lychgate store list
      lychgate store forget 1f3a
    """


@command.command("list")
@store_option
@json_option
def show_all(place: str, as_json: bool) -> None:
    """List what is kept, with an ID for the other commands.

    \b
    Examples:
      lychgate store list
      lychgate store list --store ~/project/tokens --json
    """
    store = _looked_into(place)
    rows = [_row(key, record) for key, record in _all(store)]
    if as_json:
        show_json(rows)
    else:
        show_table(rows, COLUMNS, empty="Nothing is kept here.")


@command.command()
@click.argument("id")
@store_option
@json_option
def show(id: str, place: str, as_json: bool) -> None:
    """Show one login: whose, where, what it may, how long it lives; never its tokens.

    \b
    Examples:
      lychgate store show 1f3a
    """
    key, record = _one(_looked_into(place), id)
    token = from_record(record)
    row = _row(key, record) | {
        "issuer": record.where,
        "subject": str(token.extra.get("subject") or "") if token else "",
        "scope": [*token.scope] if token else [],
        "came_at": token.issued_at if token else None,
        "key": key,
    }
    if as_json:
        show_json(row)
    else:
        show_table([{"key": name, "value": value} for name, value in row.items()], {"key": "KEY", "value": "VALUE"})


@command.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@store_option
def forget(ids: tuple[str, ...], place: str) -> None:
    """Forget logins here. Their issuers are not told: `lychgate logout` does both.

    \b
    Examples:
      lychgate store forget 1f3a
    """
    store = _looked_into(place)
    for key, record in [_one(store, id) for id in ids]:
        with _held(store, key):
            store.save(key, None)
        say(f"Forgot the login of {_named(record)}.")


@command.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--to", "target", required=True, metavar="STORE", help='"file", or a folder.')
@store_option
def move(ids: tuple[str, ...], target: str, place: str) -> None:
    """Move logins to another store: kept there first, then forgotten here.

    \b
    Examples:
      lychgate store move 1f3a --to ~/project/tokens
    """
    store = _looked_into(place)
    wanted, other = [_one(store, id) for id in ids], open_store(target)
    for key, record in wanted:
        if other.load(key) is not None:
            raise ConfigError(f"{target} keeps a login of {_named(record)} already: forget one of the two first")
        with _held(store, key):
            found = store.load(key)  # a renewal may have replaced it meanwhile
            other.save(key, found)
            store.save(key, None)
        say(f"Moved the login of {_named(record)} to {target}.")


def _looked_into(place: str) -> Store:
    """The store, as it is: a folder that is not there holds nothing, and is not made by being looked into."""
    away = (os.sep in place or place.startswith("~")) and not Path(place).expanduser().exists()
    return open_store("memory" if away else place)


def _held(store: Store, key: str) -> AbstractContextManager[None]:
    """The lock that renewals take too, so that none is lost. Raises ``ConfigError`` after ``PATIENCE`` seconds."""
    return locks.held(store.lock(key), PATIENCE, "renewing this login")


def _all(store: Store) -> list[tuple[str, Record]]:
    pairs = [(key, store.load(key)) for key in store.keys()]  # noqa: SIM118  a store is no dictionary
    return [(key, record) for key, record in pairs if record is not None]


def _one(store: Store, id: str) -> tuple[str, Record]:
    """The login whose ID (or key) this is. Raises ``ConfigError`` where there is none, or several."""
    found = [(key, record) for key, record in _all(store) if key == id or _id(key).startswith(id)]
    if len(found) != 1:
        how = "no login has" if not found else f"{len(found)} logins have"
        raise ConfigError(f"{how} the ID {id}. See:  lychgate store list")
    return found[0]


def _id(key: str) -> str:
    from hashlib import sha256

    return sha256(key.encode()).hexdigest()[:8]


def _row(key: str, record: Record) -> dict[str, Any]:
    token = from_record(record)
    return {
        "id": _id(key),
        "who": record.who,
        "where": host_of(record.where) if record.where else "",
        "token": left(token.expires_at) if token else None,
        "renews": bool(token and token.refresh),
    }


def _named(record: Record) -> str:
    return f"{cell(record.who or 'nobody named')} at {host_of(record.where) if record.where else 'no issuer'}"
