"""A profile put into the text of ``profiles.toml``: all else in it, comments too, stays as the person wrote it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

_TABLE = re.compile(r"\s*\[")


def with_profile(text: str, name: str, table: Mapping[str, Any] | None) -> str:
    """``text`` with ``[profile.NAME]`` set to ``table``, without it for None; ``text`` is TOML that can be read."""
    import tomli_w

    before = tomllib.loads(text)
    others = {one: kept for one, kept in before.get("profile", {}).items() if one != name or table is not None}
    wanted = {**before, "profile": others if table is None else {**others, name: dict(table)}}
    block = "" if table is None else tomli_w.dumps({"profile": {name: dict(table)}})
    made = _placed(text, name, block)
    try:
        fits = {"profile": {}, **tomllib.loads(made)} == wanted
    except tomllib.TOMLDecodeError:
        fits = False
    return made if fits else tomli_w.dumps(wanted)  # written in a way that lines cannot tell apart: as a whole


def _placed(text: str, name: str, block: str) -> str:
    lines = text.splitlines(keepends=True)
    begin = next((at for at, line in enumerate(lines) if _heads(line, name)), None)
    if begin is None:
        gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
        return text + gap + block
    end = next((at for at in range(begin + 1, len(lines)) if _TABLE.match(lines[at])), len(lines))
    while end > begin + 1 and not lines[end - 1].strip():
        end -= 1  # the empty lines before the next table are kept
    return "".join(lines[:begin]) + block + "".join(lines[end:])


def _heads(line: str, name: str) -> bool:
    """Whether a line is the header of the profile."""
    if not _TABLE.match(line):
        return False
    try:
        return tomllib.loads(line) == {"profile": {name: {}}}
    except tomllib.TOMLDecodeError:
        return False
