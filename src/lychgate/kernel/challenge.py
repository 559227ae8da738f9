"""Challenges: the ``WWW-Authenticate`` field (RFC 9110 11.6.1), read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf'({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_SCHEME = re.compile(rf"({_TOKEN})(?:\s+|$|(?=,))")
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))")
_WRITTEN = {"dpop": "DPoP"}  # a scheme's name counts in any case; some readers compare it as RFC 9449 writes it
_GAP = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: the scheme in lower case, its parameters (names in lower case), or its ``token68``."""

    scheme: str
    params: Mapping[str, str] = field(default_factory=dict)
    token68: str | None = None

    def __str__(self) -> str:
        """The challenge as a header value; the order of the parameters is kept."""
        name = _WRITTEN.get(self.scheme, self.scheme.title())
        if self.token68:
            return f"{name} {self.token68}"
        shown = ", ".join(f'{name}="{_quoted(value)}"' for name, value in self.params.items())
        return f"{name} {shown}".strip()


def parse_challenges(lines: Iterable[str]) -> list[Challenge]:
    """The challenges of all ``WWW-Authenticate`` lines. What cannot be read is passed over: the peer wrote it."""
    return [challenge for line in lines for challenge in _parse_line(line)]


def _parse_line(line: str) -> list[Challenge]:
    found: list[Challenge] = []
    at = _skip(line, 0)
    while at < len(line):
        scheme = _SCHEME.match(line, at)
        if scheme is None:
            break
        at, params, token68 = _parameters(line, scheme.end())
        found.append(Challenge(scheme[1].lower(), params, token68))
        at = _skip(line, at)
    return found


def _parameters(line: str, at: int) -> tuple[int, dict[str, str], str | None]:
    params: dict[str, str] = {}
    while match := _PARAMETER.match(line, _skip(line, at)):
        quoted, plain = match[2], match[3]
        params.setdefault(match[1].lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = match.end()
    if not params and (lone := _TOKEN68.match(line, at)):
        return lone.end(), params, lone[0]
    return at, params, None


def _skip(line: str, at: int) -> int:
    gap = _GAP.match(line, at)
    return gap.end() if gap else at


def _quoted(value: str) -> str:
    safe = "".join(c if 0x20 <= ord(c) < 0x7F else " " for c in value)  # no header can be split by a value
    return safe.replace("\\", "\\\\").replace('"', '\\"')
