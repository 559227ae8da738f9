"""``lychgate doctor``: what may be wrong on this machine, in lines that can be pasted into a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from lychgate.cli import agent_checkup, checkup
from lychgate.cli.checkup import Finding
from lychgate.cli.opening import data_options
from lychgate.cli.output import json_option, show_json, show_table
from lychgate.kernel.errors import ConfigError

_MARKS = {"ok": "ok", "note": "look", "bad": "WRONG"}


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask the profiles' issuers, or the server's own URL.")
@click.option("--server", is_flag=True, help="Look at a server's data, for its operator.")
@data_options
@json_option
def command(
    offline: bool, server: bool, data: Path | None, database: str | None, config: Path | None, as_json: bool
) -> None:
    """Look at clocks, proxies, certificates, file modes, locks, keyring, .netrc, browser and ssh-agent.

    No line holds a secret.

    With --server: at a server's settings, folder, master key, certificate, port, database, signing keys and clock, as
    `lychgate serve` would find them. Nothing is changed. The exit status is 1 where something is wrong.

    \b
    Examples:
      lychgate doctor
      lychgate doctor --offline --json
      lychgate doctor --server --data /var/lib/lychgate
    """
    if not server and (data or database or config):
        raise click.UsageError("--data, --database and --config go with --server")
    if server:
        found = [*_server({"data": data, "database": database}, config, ask=not offline)]
    else:
        found = [*checkup.local(), *agent_checkup.of_agent(), *checkup.profiles(ask=not offline)]
    rows = [one._asdict() for one in found]
    if as_json:
        show_json(rows)
    else:
        shown = [{**row, "state": _MARKS[row["state"]]} for row in rows]
        show_table(shown, {"what": "WHAT", "state": "STATE", "text": "FINDING"})
    if any(one.state == "bad" for one in found):
        click.get_current_context().exit(1)


def _server(flags: dict[str, Any], file: Path | None, ask: bool) -> Iterator[Finding]:
    from lychgate.cli import server_checkup, store_checkup
    from lychgate.server.configuration.configure import load

    try:
        config = load(flags, file)
    except ConfigError as error:
        yield Finding("settings", "bad", str(error))
        return
    yield from server_checkup.of_settings(config, file or config.data / "lychgate.toml")
    yield from store_checkup.of_store(config, ask)
