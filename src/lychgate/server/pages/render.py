"""A view becomes HTML. All that a view holds is escaped: no template and no code of ours marks a text as safe."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from . import words
from .assets import assets
from .paths import path
from .policy import form_target
from .policy import headers as headers
from .view import Frame, View

if TYPE_CHECKING:
    from jinja2 import Environment


def render(page: View, frame: Frame) -> bytes:
    """The page as UTF-8. Raises ``jinja2.UndefinedError`` where a template asks for what the view does not hold."""
    return environment().get_template(page.template).render(_context(page, frame)).encode()


@cache
def environment() -> Environment:
    """The templates of this package; a name that is not defined is an error, never an empty text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("lychgate.server", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"shown": words.shown, "span": words.span, "moment": words.moment, "iso": words.iso}
    made.globals |= {"initial": words.initial, "address": words.address, "path": path, "https": _https}
    return made


def _context(page: View, frame: Frame) -> dict[str, Any]:
    return {
        "page": page,
        "frame": frame,
        "logos": page.images,
        "url": partial(_url, frame.base),
        "asset": partial(_asset_url, frame.base),
        "near": partial(words.near, now=frame.now),
        "soon": partial(words.soon, now=frame.now),
    }


def _url(base: str, target: str) -> str:
    """Where a link or form leads: below our base for a path of ours, as it is for a URL elsewhere.

    Raises ``ValueError`` for what runs as a script, and for ``//host``, which would leave us unseen.
    """
    if target.startswith("/") and not target.startswith(("//", "/\\")):
        return base + target
    form_target(target)
    return target


def _https(url: str) -> bool:
    """May this registered URL be a link? Others are left out."""
    return url.lower().startswith("https://")


def _asset_url(base: str, name: str) -> str:
    return f"{base}{path('static', id=name)}?v={assets()[name].tag}"
