"""Asking a person, for a new password and before something goes for good: never by waiting for nobody."""

from __future__ import annotations

import sys

import click

LONGEST = 4096  # characters read from standard input


def new_password(from_stdin: bool) -> str:
    """The password: the first line of standard input, or asked for twice at a terminal.

    Raises ``click.UsageError`` where there is no terminal to ask at.
    """
    if from_stdin:
        line = sys.stdin.readline(LONGEST + 1)
        password = line.rstrip("\r\n")
        if not password:
            raise click.UsageError("--password-stdin: nothing came on standard input")
        return password
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("there is no terminal to ask for the password: give it with --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))


def _taken(ctx: click.Context, param: click.Parameter, value: bool) -> str:
    return new_password(value)


password_option = click.option(
    "--password-stdin",
    "password",
    is_flag=True,
    callback=_taken,
    help="Read the password from standard input (asked for otherwise).",
)


def agreed(yes: bool, question: str) -> None:
    """Ask ``question`` unless ``yes``. Raises ``click.Abort`` for a no, ``click.UsageError`` where nobody is there."""
    if yes:
        return
    try:
        answer = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise click.UsageError("nobody is there to answer: say --yes") from None
    if not answer:
        raise click.Abort


yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
