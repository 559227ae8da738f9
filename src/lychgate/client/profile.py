"""Profiles: a credential by name, described in TOML. An option described by one field of a dataclass is a key here.

    [profile.climate]
    preset        = "climate_engine"          # or: source = "client_credentials", or: authenticator = "api_key"
    client_id     = "b2628e59"
    client_secret = "env:CLIMATE_SECRET"      # file:PATH, keyring:SERVICE/USER, command:WORDS; never the text itself
    origins       = ["https://api.example.org"]

What is wrong is an error that names file, line and field.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.kernel.options import check_names

from .keys import Key, keys_of, value_of
from .presets import PRESETS, Preset
from .sources import SOURCES
from .table import Table

OURS = {
    "origins": Key("origins", frozenset({list}), False, False, help="An origin that it may go to, as https://host."),
    "store": Key(
        "store", frozenset({str}), False, False, help="Where tokens are kept: file, keyring, memory or a folder."
    ),
    "allow_insecure": Key(
        "allow_insecure", frozenset({bool}), False, False, help="Also over plain http to another host."
    ),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """``what`` is an authenticator or a source; None for ``origins`` and ``store`` where the file names none.

    ``unicore`` is the REST address of the UNICORE site that it is for, if it is for one.
    """

    name: str
    what: Any
    origins: tuple[str, ...] | None = None
    store: str | None = None
    allow_insecure: bool = False
    unicore: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile stands, for messages."""

    file: str
    text: str
    profile: str
    within: tuple[str, ...] = ()

    def fail(self, message: str, key: str = "") -> NoReturn:
        raise ConfigError(message, file=self.file, line=line_of(self.text, self.profile, key), field=key or None)


def names(text: str, file: str) -> list[str]:
    """The profiles in a file's text. Raises ``ConfigError`` where it is no TOML."""
    return list(_tables(text, file))


def table(text: str, file: str, name: str) -> dict[str, Any]:
    """The keys of the profile ``name`` as they are written; empty where there is none. Raises ``ConfigError``."""
    return dict(_tables(text, file).get(name, {}))


def parse(text: str, file: str, name: str, within: tuple[str, ...] = ()) -> Profile:
    """The profile ``name``, built. Raises ``ConfigError`` with file, line and field.

    ``within``: the profiles that it is a member of.
    """
    tables = _tables(text, file)
    try:
        check_names([name], tables, what="profile")
    except ConfigError as error:
        raise ConfigError(str(error), file=file) from None
    return _build(dict(tables[name]), Place(file, text, name, within))


def _tables(text: str, file: str) -> dict[str, dict[str, Any]]:
    try:
        whole = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or arrays nested too deep
        at = re.search(r"at line (\d+)", str(error))
        raise ConfigError("this is no TOML", file=file, line=int(at[1]) if at else None) from None
    for key in whole:
        if key != "profile":
            raise ConfigError(f'unknown table "{key}" (a profile begins with [profile.NAME])', file=file)
    found = whole.get("profile", {})
    if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
        raise ConfigError("a profile begins with [profile.NAME]", file=file, field="profile")
    return found


def _build(table: dict[str, Any], place: Place) -> Profile:
    kind, make = _kind(table, place)
    known = {**{key.name: key for key in keys_of(make)}, **OURS}
    for name in table:
        try:
            check_names([name], known)
        except ConfigError as error:
            place.fail(str(error), name)
    given = {name: _value(known[name], value, place) for name, value in table.items()}
    members = _members(make, given, place)
    ours = {name: given.pop(name) for name in OURS if name in given and not (kind == "preset" and name == "origins")}
    for key in known.values():
        if key.required and key.name not in table and key.name not in ours:
            place.fail(f'"{key.name}" is missing', key.name)
    if "allow_insecure" in ours and "allow_insecure" in {key.name for key in keys_of(make)}:
        given["allow_insecure"] = ours["allow_insecure"]
    if members and "origins" not in ours:
        ours["origins"] = _agreed(members, place)
    return _made(partial(make, *(member.what for member in members)), given, ours, place)


def _members(make: Callable[..., Any], given: dict[str, Any], place: Place) -> list[Profile]:
    """The profiles that a credential made of others lists; their names are taken out of what is given."""
    key = getattr(make, "combines", "")
    if key not in given:
        return []
    within, found = (*place.within, place.profile), []
    for name in given.pop(key):
        if name in within:
            place.fail(f'the profile "{name}" is a member of itself', key)
        if name not in _tables(place.text, place.file):
            place.fail(f'there is no profile "{name}"', key)
        found.append(parse(place.text, place.file, name, within))
    return found or place.fail("name at least one profile", key)


def _agreed(members: list[Profile], place: Place) -> tuple[str, ...] | None:
    """The origins of all members, where they are the same: no member's credential goes where only another's may."""
    origins = {None if member.origins is None else frozenset(member.origins) for member in members}
    if len(origins) > 1:
        place.fail('its profiles are for different origins; name "origins" here too', "origins")
    return members[0].origins


def _made(make: Callable[..., Any], given: dict[str, Any], ours: dict[str, Any], place: Place) -> Profile:
    try:
        what = make(**given)
    except LychgateError as error:
        place.fail(str(error), getattr(error, "field", None) or "")
    except (TypeError, ValueError) as error:  # as a class of somebody's own may say it
        place.fail(str(error))
    if isinstance(what, Preset):
        return Profile(place.profile, what.source, what.origins, unicore=what.unicore, **ours)
    return Profile(place.profile, what, **ours)


def kinds() -> dict[str, Table]:
    """What a profile may be, and the names of each."""
    from .authenticators import AUTHENTICATORS

    return {"preset": PRESETS, "source": SOURCES, "authenticator": AUTHENTICATORS}


def _kind(table: dict[str, Any], place: Place) -> tuple[str, Callable[..., Any]]:
    """(preset, source or authenticator, what makes it); its key is taken out of the table."""
    tables = kinds()
    chosen = [kind for kind in tables if kind in table]
    if len(chosen) != 1:
        place.fail("name one of: preset, source, authenticator", chosen[1] if chosen else "")
    kind, name = chosen[0], table.pop(chosen[0])
    try:
        return kind, tables[kind].find(str(name))
    except ConfigError as error:
        place.fail(str(error), kind)


def _value(key: Key, value: Any, place: Place) -> Any:
    try:
        return value_of(key, value)
    except ConfigError as error:
        place.fail(str(error), key.name)


_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")


def line_of(text: str, profile: str, key: str = "") -> int | None:
    """The line (from 1) of a key of a profile; of the profile's header where the key has none of its own."""
    inside, header = False, None
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""") if key else None
    for number, line in enumerate(text.splitlines(), 1):
        if found := _HEADER.match(line):
            words = [word.strip().strip("\"'") for word in found[1].split(".")]
            inside = words[:2] == ["profile", profile] or found[1].strip() == f'profile."{profile}"'
            header = number if inside and header is None else header
        elif inside and wanted and wanted.match(line):
            return number
    return header
