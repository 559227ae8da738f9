"""Options read off what a profile makes: a preset's parameters, or the fields of a source or an authenticator."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from lychgate.client.keys import Key, keys_of
from lychgate.client.profile import OURS, kinds
from lychgate.kernel.errors import ConfigError
from lychgate.world.profiles import profile_table

KINDS = ("preset", "source", "authenticator")
_MADE = "lychgate.kind.options"
_ASKS = "lychgate.kind.asks"
_OF = "of_"  # an option of the kind; the command may have a parameter of the same name (the profile's "name")


class KindCommand(click.Command):
    """A command whose further options are those of the kind that its own options (or the profile) name."""

    def __init__(self, *args: Any, edits: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._edits = edits
        if not edits:
            self.params += [click.Option([f"--{kind}"], metavar="KIND", help=_help(kind)) for kind in KINDS]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        chosen = _of_profile(args) if self._edits else _of_options(args)
        ctx.meta[_MADE] = _keys(chosen) if chosen else {}
        ctx.meta[_ASKS] = getattr(kinds()[chosen[0]].find(chosen[1]), "asks", None) if chosen else None
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        known = {name for param in self.params for name in (*param.opts, *param.secondary_opts)}
        made = [_option(*pair) for pair in ctx.meta.get(_MADE, {}).values()]
        return [*super().get_params(ctx), *(one for one in made if not known & set(one.opts))]


def taken(ctx: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The profile's table from what was given; what must be there and is missing is asked for at a terminal.

    Raises ``click.UsageError`` where nothing says what kind it is.
    """
    keys: dict[str, tuple[Key, str]] = ctx.meta[_MADE]
    if not keys:
        raise click.UsageError("say what it is: --preset, --source or --authenticator KIND")
    table = {name: given[name] for name in KINDS if given.get(name)}
    edits = not table
    for key, help in keys.values():
        value = _value(key, given.get(_OF + key.name, given.get(key.name)))
        if value is None and key.required and not edits:
            value = _asked(key, help)
        if value is not None:
            table[key.name] = value
    if not edits and ctx.meta[_ASKS] is not None and _at_terminal():
        _ask_on(table, {key.name: key for key, _ in keys.values()}, ctx.meta[_ASKS])
    return table


def _ask_on(table: dict[str, Any], keys: Mapping[str, Key], asks: Callable[[Mapping[str, Any]], Iterable[str]]) -> None:
    """Ask for what a kind whose fields depend on one another wants to know next; Enter leaves the usual value."""
    asked = set(table)
    while (name := next((one for one in asks(table) if one not in asked), None)) is not None:
        asked.add(name)
        key = keys[name]
        hint = f" ({key.references})" if key.secret else f" ({key.help})"
        text = str(click.prompt(f"{name}{hint}", err=True, default="", show_default=False)).strip()
        if text:
            table[name] = _typed(key, text)


def _typed(key: Key, text: str) -> Any:
    if key.kinds == {bool}:
        return text.lower() in ("y", "yes", "true", "1", "on")
    if key.kinds and key.kinds <= {int, float}:
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            raise ConfigError(f"{key.name} is a number", field=key.name) from None
    return text


def _at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _of_options(args: Sequence[str]) -> tuple[str, str] | None:
    """(kind, name) as ``--preset x`` or ``--preset=x`` says it; the rest is click's to judge."""
    for at, word in enumerate(args):
        flag, equals, value = word.partition("=")
        if flag.removeprefix("--") in KINDS and flag.startswith("--"):
            value = value if equals else next(iter(args[at + 1 :]), "")
            return (flag[2:], value) if value else None
    return None


def _of_profile(args: Sequence[str]) -> tuple[str, str] | None:
    tables = [profile_table(word) for word in args if not word.startswith("-")]
    return next(((kind, str(table[kind])) for table in tables for kind in KINDS if kind in table), None)


def _keys(chosen: tuple[str, str]) -> dict[str, tuple[Key, str]]:
    kind, name = chosen
    make = kinds()[kind].find(name)
    keys = {**{key.name: key for key in keys_of(make)}, **OURS}
    return {name: (key, key.help) for name, key in keys.items()}


def _option(key: Key, help: str) -> click.Option:
    flag = "--" + key.name.replace("_", "-")
    own = _OF + key.name
    note = f"{help or key.name} ({key.references})" if key.secret else help
    if key.kinds == {bool}:
        return click.Option([f"{flag}/--no-{flag[2:]}", own], default=None, help=note)
    if list in key.kinds and str not in key.kinds:
        flags = [flag] if not flag.endswith("s") else [flag[:-1], flag]
        return click.Option([*flags, own], multiple=True, help=f"{note} May be repeated.".strip())
    if dict in key.kinds:
        return click.Option([flag, own], multiple=True, metavar="NAME=VALUE", help=f"{note} May be repeated.".strip())
    kind = int if int in key.kinds and float not in key.kinds else float if float in key.kinds else str
    return click.Option([flag, own], type=kind, help=note)


def _value(key: Key, given: Any) -> Any:
    if given is None or given == ():
        return None
    if isinstance(given, tuple) and dict in key.kinds and list not in key.kinds:
        return dict(_pair(key, text) for text in given)
    return list(given) if isinstance(given, tuple) else given


def _pair(key: Key, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f'"{key.name}" is NAME=VALUE', field=key.name)
    return name, value


def _asked(key: Key, help: str) -> Any:
    if not _at_terminal():
        return None  # what builds the profile says which field is missing
    hint = f" ({key.references})" if key.secret else f" ({help.rstrip('.')})" if help else ""
    answer = str(click.prompt(f"{key.name}{hint}", err=True))
    return answer.split() if list in key.kinds and str not in key.kinds else answer


def _help(kind: str) -> str:
    return f"The {kind}: {', '.join(kinds()[kind])}."
