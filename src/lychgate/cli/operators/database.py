"""``lychgate database ...``: where the server's things are, its schema, and a copy of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.opening import data_options
from lychgate.cli.output import json_option, say, show_json

if TYPE_CHECKING:
    from lychgate.server.config import Config

STATES = {
    "empty": "empty: the server's first start makes its tables, as  lychgate database upgrade  does",
    "older": "older than this program:  lychgate database upgrade  brings it up to date, as the next start does",
    "newer": "newer than this program: update Lychgate",
    "fits": "up to date",
}


@click.group()
def command() -> None:
    """Show the server's database, bring it up to date, copy it.

    \b
    Examples:
      lychgate database show
      lychgate database backup /backups/lychgate-monday.db
      lychgate database upgrade --database postgresql://lychgate@db.example.org/lychgate
    """


def _config(data: Path | None, database: str | None, config: Path | None) -> Config:
    from lychgate.server.configuration.configure import load

    return load({"data": data, "database": database}, config)


def _state(found: str | None) -> str:
    from lychgate.server.stores.schema import HEAD

    if found is None:
        return "empty"
    return "fits" if found == HEAD else "older" if found < HEAD else "newer"


@command.command()
@data_options
@json_option
def show(as_json: bool, **given: Any) -> None:
    """Show where the database is, and whether its schema is this program's. Nothing is changed.

    \b
    Examples:
      lychgate database show
      lychgate database show --json
    """
    from lychgate.server import stores
    from lychgate.server.stores.schema import HEAD

    url = _config(**given).database_url
    found = stores.revision(url)
    if as_json:
        show_json({"database": stores.shown(url), "schema": found, "newest": HEAD, "state": _state(found)})
        return
    say(f"database  {stores.shown(url)}")
    say(f"schema    {found or 'none'} (this program has {HEAD})")
    say(f"state     {STATES[_state(found)]}")


@command.command()
@data_options
def upgrade(**given: Any) -> None:
    """Make the tables, or bring them up to date, without starting the server. Where that fails nothing is changed.

    \b
    Examples:
      lychgate database upgrade
    """
    from lychgate.server import stores
    from lychgate.server.running import folder
    from lychgate.server.stores.schema import HEAD

    config = _config(**given)
    folder.ready(config.data)
    before = stores.revision(config.database_url)
    changed = stores.migrate(config.database_url)
    about = stores.shown(config.database_url)
    say(f"{about}: brought from schema {before or 'none'} to {HEAD}" if changed else f"{about}: up to date ({HEAD})")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_options
def backup(file: Path, **given: Any) -> None:
    """Copy a database of SQLite whole to FILE (mode 0600), while the server may run.

    PostgreSQL has pg_dump for that. The master key is not in the database: keep a copy of it elsewhere.

    \b
    Examples:
      lychgate database backup /backups/lychgate-monday.db
    """
    from lychgate.server import stores
    from lychgate.server.running import folder

    config = _config(**given)
    stores.backup(config.database_url, file)
    say(f"copied {stores.shown(config.database_url)} to {file}")
    key = config.master_key_file or config.data / folder.KEY
    say(f"The master key is not in it, and it cannot be read without: keep a copy of {key} elsewhere.", err=True)
