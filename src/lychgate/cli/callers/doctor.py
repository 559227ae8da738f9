"""``lychgate doctor``: what may be wrong on this machine, in lines that can be pasted into a ticket."""

from __future__ import annotations

import click

from lychgate.cli import checkup
from lychgate.cli.output import json_option, show_json, show_table

_MARKS = {"ok": "ok", "note": "look", "bad": "WRONG"}


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask the profiles' issuers.")
@json_option
def command(offline: bool, as_json: bool) -> None:
    """Look at clocks, proxies, certificates, file modes, locks, keyring, .netrc and browser. No line holds a secret.

    The exit status is 1 where something is wrong.

    \b
    Examples:
      lychgate doctor
      lychgate doctor --offline --json
    """
    found = [*checkup.local(), *checkup.profiles(ask=not offline)]
    rows = [one._asdict() for one in found]
    if as_json:
        show_json(rows)
    else:
        shown = [{**row, "state": _MARKS[row["state"]]} for row in rows]
        show_table(shown, {"what": "WHAT", "state": "STATE", "text": "FINDING"})
    if any(one.state == "bad" for one in found):
        click.get_current_context().exit(1)
