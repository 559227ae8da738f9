"""A page that a browser meets at the end of a login: one template, complete in itself, everything in it escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Literal, TypeAlias

Tone = Literal["done", "refused", "stray"]
Line: TypeAlias = tuple[str, ...]  # a sentence of ours with {} for each of the names that follow it

_SIGNS: dict[Tone, str] = {
    "done": "M18.5 34.5l4 4 7-8.5",
    "refused": "M20 31l8 8m0-8l-8 8",
    "stray": "M19.5 35h.1m4.4 0h.1m4.4 0h.1",
}
_LONGEST_NAME, _LONGEST_QUOTE = 120, 600  # characters of a stranger's words that are shown


@dataclass(frozen=True, slots=True)
class Page:
    """``quote`` holds somebody else's words; ``footer`` is the last line, set apart."""

    tone: Tone
    title: str
    text: tuple[Line, ...]
    footer: Line
    quote: str = ""
    status: int = 200

    def render(self) -> bytes:
        """The whole page in UTF-8, under 10 kB."""
        quote = f"<blockquote><bdi>{escape(self.quote[:_LONGEST_QUOTE])}</bdi></blockquote>" if self.quote else ""
        fields = {
            "tone": self.tone,
            "sign": _SIGNS[self.tone],
            "title": escape(self.title),
            "text": "\n".join(f"<p>{_sentence(line)}</p>" for line in self.text) + quote,
            "footer": _sentence(self.footer),
        }
        return _template().substitute(fields).encode()


def _sentence(line: Line) -> str:
    """Each name stands apart in a direction of its own, so that it cannot turn the sentence round."""
    made, *rest = (escape(part) for part in line[0].split("{}"))
    for name, part in zip(line[1:], rest, strict=True):
        made += f"<bdi>{escape(name[:_LONGEST_NAME])}</bdi>{part}"
    return made


@cache
def _template() -> Template:
    return Template(files("lychgate.world.pages").joinpath("page.html").read_text("utf-8"))


@cache
def headers() -> dict[str, str]:
    """What goes with each page: nothing is loaded, nothing runs, nobody frames it, nothing is kept."""
    source = _template().template
    style = source[source.index("<style>") + len("<style>") : source.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
