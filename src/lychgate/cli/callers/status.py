"""``lychgate status``: who is logged in where, and for how long."""

from __future__ import annotations

from typing import Any

import click

from lychgate.cli.holding import Held, hold, login_until
from lychgate.cli.output import json_option, say, show_json, show_table
from lychgate.cli.spans import day, left
from lychgate.client.authenticators.signed_jwt import SignedJwt
from lychgate.client.token import from_record
from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.world.panel import host_of
from lychgate.world.profiles import open_profile, profile_names
from lychgate.world.stores import open_store

COLUMNS = {
    "profile": "PROFILE",
    "who": "WHO",
    "where": "WHERE",
    "token": "TOKEN",
    "login_until": "LOGIN UNTIL",
    "store": "STORE",
}
_EMPTY = "There is no profile and no login yet. Log in at an issuer:  lychgate login ISSUER"


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Show the profiles, and the logins that programs have kept without one.

    \b
    Examples:
      lychgate status
      lychgate status --json
    """
    rows, known, problems = _rows()
    rows += _others(known)
    if as_json:
        show_json(rows)
    elif rows or not problems:
        show_table([_shown(row) for row in rows], COLUMNS, empty=_EMPTY)
    for problem in problems:
        say(f"lychgate: {problem}", err=True)
    if problems:
        click.get_current_context().exit(1)


def _rows() -> tuple[list[dict[str, Any]], set[str], list[LychgateError]]:
    """The profiles' rows, the keys of their logins, and what is wrong with those that cannot be opened."""
    rows: list[dict[str, Any]] = []
    known: set[str] = set()
    problems: list[LychgateError] = []
    for name in profile_names():
        try:
            found = hold(open_profile(name))
            rows.append(_row(found))
            known |= {login.renewal.key for login in found.logins}
        except LychgateError as error:
            problems.append(error)
    return rows, known, problems


def _row(found: Held) -> dict[str, Any]:
    token, who = found.kept()
    return {
        "profile": found.name,
        "who": who or _meant(found),
        "where": found.where,
        "expires_at": token.expires_at if token else None,
        "login_until": login_until(token) if token else None,
        "store": _store(found) if found.logins else "",
        "logged_in": token is not None,
        "signs": isinstance(found.source, SignedJwt),
    }


def _meant(found: Held) -> str:
    """Whose credential it is, where no login is kept: with a login by a person nobody's yet, unless it names one."""
    return str(found.source.user) if getattr(found.source, "by_person", False) else found.who


def _others(known: set[str]) -> list[dict[str, Any]]:
    """The logins in the user's store that belong to no profile."""
    try:
        store = open_store("file")
    except ConfigError:
        return []
    rows = []
    for key in store.keys():  # noqa: SIM118  a store is no dictionary
        record = store.load(key)
        token = from_record(record)
        if key in known or record is None or token is None:
            continue
        rows.append(
            {
                "profile": "",
                "who": record.who,
                "where": host_of(record.where),
                "expires_at": token.expires_at,
                "login_until": login_until(token),
                "store": "file (0600)",
                "logged_in": True,
                "signs": False,
            }
        )
    return rows


def _store(found: Held) -> str:
    return "file (0600)" if found.store == "file" else found.store


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    until = row["login_until"]
    token = left(row["expires_at"]) if row["logged_in"] else "signed here" if row["signs"] else None
    return {**row, "token": token, "login_until": day(until) if until else None}
