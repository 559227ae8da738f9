"""The command ``lychgate``. To add a command, write ``callers/x.py`` or ``operators/x.py`` and add a row here.

A command's module is imported when it is asked for, and holds it by the name ``command``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """Where a command is, for whom, and one line on what it does."""

    module: str
    audience: str
    summary: str


COMMANDS: dict[str, Row] = {
    "login": Row("lychgate.cli.callers.login", "callers", "Log in as yourself, in the browser or by a code."),
    "logout": Row("lychgate.cli.callers.logout", "callers", "End a login, here and at its issuer."),
    "status": Row("lychgate.cli.callers.status", "callers", "Show who is logged in where, and for how long."),
    "token": Row("lychgate.cli.callers.token", "callers", "Print a token that is valid now."),
    "whoami": Row("lychgate.cli.callers.whoami", "callers", "Show whom an issuer takes you for."),
    "call": Row("lychgate.cli.callers.call", "callers", "Send a request with a profile's credential."),
    "run": Row("lychgate.cli.callers.run", "callers", "Run a command with a token that is always fresh."),
    "proxy": Row("lychgate.cli.callers.proxy", "callers", "Add a credential for tools that know nothing of it."),
    "bridge": Row("lychgate.cli.callers.bridge", "callers", "Run a command with the file its library reads."),
    "inspect": Row("lychgate.cli.callers.inspect", "callers", "Decode a token, and ask its issuer's keys about it."),
    "store": Row("lychgate.cli.callers.store", "callers", "List, show, forget and move the logins that are kept."),
    "profile": Row("lychgate.cli.callers.profile", "callers", "Add, show, edit, try and remove profiles."),
    "credential": Row("lychgate.cli.callers.credential", "callers", "Answer git and docker with a profile's token."),
    "doctor": Row("lychgate.cli.callers.doctor", "callers", "Look at what may be wrong on this machine."),
    "explain": Row("lychgate.cli.callers.explain", "callers", "Say what would be sent to a URL, and why."),
    "serve": Row("lychgate.cli.operators.serve", "operators", "Run the authorization server."),
    "guard": Row("lychgate.cli.operators.guard", "operators", "Answer a proxy whether a request may pass."),
    "demo": Row("lychgate.cli.operators.demo", "operators", "Show server, client and a protected API at work."),
    "user": Row("lychgate.cli.operators.user", "operators", "Add, show, edit, list and disable people."),
    "client": Row("lychgate.cli.operators.client", "operators", "Add, show, edit, list and disable clients."),
    "realm": Row(
        "lychgate.cli.operators.realm", "operators", "Add, edit, list and remove realms: issuers besides the main one."
    ),
    "keys": Row("lychgate.cli.operators.keys", "operators", "List and rotate the keys that sign tokens."),
    "trust": Row("lychgate.cli.operators.trust", "operators", "Say whom the server trusts besides itself."),
    "database": Row("lychgate.cli.operators.database", "operators", "Show, upgrade and copy the server's database."),
    "audit": Row("lychgate.cli.operators.audit", "operators", "Read who got which token how."),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; answers its exit status (the console script hands it to ``sys.exit``)."""
    try:
        from .running import run  # click is loaded by the command alone, never by ``import lychgate``
    except KeyboardInterrupt:
        return 130

    return run(COMMANDS, arguments)
