"""A group of commands whose modules are imported when they are asked for."""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from . import Row

DEBUG = "debug"
FRONT = """\
Lychgate: one gate for every API. A client that gets and renews tokens, an authorization
server, and a guard for an API of your own.

  lychgate demo                      see all three at work on this machine, in a minute
  lychgate login ISSUER              log in as yourself, in the browser or by a code
  lychgate token                     a token that is valid now, for curl and the like
  lychgate serve                     run an authorization server
  lychgate user add EMAIL            a person who may log in
  lychgate client add --name NAME    a program that may get tokens

Read on: lychgate --help, lychgate COMMAND --help, and the README."""


class Interrupted(Exception):
    """The person at the terminal pressed Ctrl-C."""


class LazyGroup(click.Group):
    """The command ``lychgate`` itself."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        settings = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
        super().__init__("lychgate", context_settings=settings, invoke_without_command=True, callback=self._front)
        self.help = "One gate for every API: client, authorization server and guard."
        self.epilog = "Each option of `serve` is also an environment variable, LYCHGATE_...: docs/settings.md has all."
        self._rows = rows
        self.params.append(click.Option(["--version"], is_flag=True, help="Print the version and stop."))

    def _front(self, version: bool) -> None:
        if version:
            from importlib.metadata import version as installed

            click.echo(f"Lychgate {installed('lychgate')}")
        elif click.get_current_context().invoked_subcommand is None:
            click.echo(FRONT)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line before it told us
            raise Interrupted from None
        except BrokenPipeError:  # whoever read our output has seen enough: no error, and no more to write
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = self._rows.get(cmd_name)
        if row is None:
            return None
        command = importlib.import_module(row.module).command
        assert isinstance(command, click.Command)
        _finish(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self._rows, n=1)
            if not near or self.get_command(ctx, args[0]) is not None:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for audience in dict.fromkeys(row.audience for row in self._rows.values()):
            with formatter.section(f"For {audience}"):
                rows = [(name, row.summary) for name, row in self._rows.items() if row.audience == audience]
                formatter.write_dl(rows)


def _finish(command: click.Command) -> None:
    """``--debug`` on each command, the ones inside a group too; and its examples at the end of its help."""
    text, mark, examples = inspect.cleandoc(command.help or "").partition("\b\nExample")
    if mark:
        command.help, command.epilog = text.rstrip(), mark + examples
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _finish(inner)
    elif all(param.name != DEBUG for param in command.params):
        command.params.append(_debug_option())


def _debug_option() -> click.Option:
    def note(ctx: click.Context, param: click.Parameter, value: bool) -> Any:
        if value and isinstance(ctx.find_root().obj, dict):
            ctx.find_root().obj[DEBUG] = True

    text = "Show where an error came from."
    return click.Option(["--debug"], is_flag=True, expose_value=False, is_eager=True, callback=note, help=text)
