"""One description of an option, from which everything else is derived.

A field of a dataclass describes an option once: ``client_secret: Annotated[Secret, "asked for when absent"]`` yields
the constructor's argument, the key in a profile, the command-line flag, the prompt, the masking and the row in the
documents.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError
from .secret import Secret

_MISSING = dataclasses.MISSING


@dataclass(frozen=True, slots=True)
class Option:
    """``kind`` is the Python type of a given value; ``default`` is ``dataclasses.MISSING`` where one must be given."""

    name: str
    kind: Any
    help: str
    default: Any
    secret: bool
    required: bool

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def options_of(cls: type) -> list[Option]:
    """The options of a dataclass, in order: fields whose names do not begin with an underscore and that ``init``."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [f for f in dataclasses.fields(cls) if f.init and not f.name.startswith("_")]
    return [_option(f, hints[f.name]) for f in fields]


def _option(field: dataclasses.Field[Any], hint: Any) -> Option:
    text = ""
    if typing.get_origin(hint) is typing.Annotated:
        hint, *notes = typing.get_args(hint)
        text = next((note for note in notes if isinstance(note, str)), "")
    default = field.default
    if default is _MISSING and field.default_factory is not _MISSING:
        default = field.default_factory()
    members = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return Option(field.name, hint, text, default, Secret in members, default is _MISSING)


def check_names(given: typing.Iterable[str], known: typing.Iterable[str], *, what: str = "key") -> None:
    """Raise ``ConfigError`` for the first name that is not known, with the nearest that is."""
    names = list(known)
    for name in given:
        if name not in names:
            from difflib import get_close_matches

            near = get_close_matches(name, names, n=1)
            hint = f" ({near[0]}?)" if near else f" (known: {', '.join(sorted(names))})"
            raise ConfigError(f'unknown {what} "{name}"{hint}', field=name)
