"""The keys of a profile, read off what they make: a dataclass's options, or a preset's parameters."""

from __future__ import annotations

import dataclasses
import inspect
import shlex
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import options_of
from lychgate.kernel.secret import Secret

from .signer import Signer

REFERENCES = "env:NAME, file:PATH, keyring:SERVICE/USER or command:WORDS"
AGENT = "agent:"
_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
    dict: "a table of texts",
}


@dataclass(frozen=True, slots=True)
class Key:
    """``kinds`` are those of TOML's types that a value may have; a secret is a reference.

    ``signs``: an SSH agent may stand in the secret's place. ``help`` is a sentence on it, where there is one.
    """

    name: str
    kinds: frozenset[type]
    secret: bool
    required: bool
    signs: bool = False
    help: str = ""

    @property
    def references(self) -> str:
        """What may be written for a secret, for messages and help."""
        return f"{REFERENCES}; or {AGENT}KEY, by fingerprint or comment" if self.signs else REFERENCES


def keys_of(make: Callable[..., Any]) -> list[Key]:
    """The keys that describe what ``make`` makes."""
    if isinstance(make, type) and dataclasses.is_dataclass(make):
        options = options_of(make)
        return [Key(o.name, _kinds(o.kind), o.secret, o.required, Signer in _members(o.kind), o.help) for o in options]
    make = make if inspect.isroutine(make) else make.__call__  # type: ignore[operator]  # a system that is data
    hints = typing.get_type_hints(make, include_extras=True)
    return [
        Key(
            name,
            _kinds(hints.get(name, str)),
            Secret in _members(hints.get(name)),
            found.default is inspect.Parameter.empty,
            Signer in _members(hints.get(name)),
            next((note for note in getattr(hints.get(name), "__metadata__", ()) if isinstance(note, str)), ""),
        )
        for name, found in inspect.signature(make).parameters.items()
    ]


def value_of(key: Key, value: Any) -> Any:
    """A value as the constructor takes it. Raises ``ConfigError`` for a wrong type and for a secret in clear."""
    if key.signs and str(value).startswith(AGENT):
        from .ssh_agent import SshAgent

        return SshAgent(str(value).removeprefix(AGENT).strip())
    if key.secret and isinstance(value, str):
        return reference(key.name, value, key.references)
    kind = type(value)
    texts = value if kind is list else value.values() if kind is dict else ()
    if kind not in key.kinds or not all(isinstance(text, str) for text in texts):
        wanted = " or ".join(_NAMES[known] for known in _NAMES if known in key.kinds)
        raise ConfigError(f'"{key.name}" must be {wanted}', field=key.name)
    return tuple(value) if kind is list else value


def reference(name: str, text: str, known: str = REFERENCES) -> Secret:
    """The secret that a reference names. Raises ``ConfigError``, which does not repeat it, for anything else."""
    scheme, colon, place = text.partition(":")
    made = _SCHEMES.get(scheme)
    if not colon or made is None or not place.strip():
        raise ConfigError(f'"{name}" seems to be typed in clear; a profile holds references only: {known}', field=name)
    return made(place)


def _keyring(place: str) -> Secret:
    service, slash, user = place.rpartition("/")
    if not slash:
        raise ConfigError("a keyring's entry is keyring:SERVICE/USER")
    return Secret.keyring(service, user)


_SCHEMES: dict[str, Callable[[str], Secret]] = {
    "env": Secret.env,
    "file": Secret.file,
    "keyring": _keyring,
    "command": lambda words: Secret.command(shlex.split(words)),
}


def _kinds(hint: Any) -> frozenset[type]:
    found: set[type] = set()
    for member in _members(hint):
        origin = typing.get_origin(member) or member
        if origin in (str, int, bool):
            found.add(origin)
        elif origin is float:
            found |= {int, float}
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            found.add(dict)
        elif isinstance(origin, type) and issubclass(origin, Iterable):
            found.add(list)
    return frozenset(found)


def _members(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    return (
        typing.get_args(hint)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
        else (hint,)
    )
