"""What a person sees in a notebook while we wait for a login: a panel of plain HTML, with no widget and no script."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from html import escape
from importlib import import_module
from typing import Any

from .panel import Notice, clock

TICK = 1.0  # seconds between two pictures of the time left
_BOX = "max-width:40em;padding:12px 16px;border:1px solid rgba(128,128,128,.4);border-radius:10px;line-height:1.5"


@contextlib.contextmanager
def in_notebook(notice: Notice) -> Iterator[None]:
    """The notice below the running cell, with the time left; at the end it says how it went."""
    shows: Any = import_module("IPython.display")  # it is there: we run in it

    deadline, over = time.monotonic() + notice.wait, threading.Event()
    panel: Any = shows.display(shows.HTML(waiting(notice, notice.wait)), display_id=True)

    def tick() -> None:
        while not over.wait(TICK):
            panel.update(shows.HTML(waiting(notice, deadline - time.monotonic())))

    ticking = threading.Thread(target=tick, name="lychgate-panel", daemon=True)
    ticking.start()
    end = "The login at {} did not go through."
    try:
        yield
        end = "Logged in at {}."
    finally:
        over.set()
        ticking.join(TICK)
        panel.update(shows.HTML(f'<div style="{_BOX}">{end.format(f"<b>{escape(notice.where)}</b>")}</div>'))


def waiting(notice: Notice, left: float) -> str:
    """The panel's HTML; whatever came from the issuer is escaped."""
    url, where = escape(notice.url), escape(notice.where)
    link = f'<a href="{url}" target="_blank" rel="noopener noreferrer"><b>Open this page</b></a>'
    parts = [f"<div>{link} to log in as yourself at <b>{where}</b> (waiting {clock(left)}).</div>"]
    if notice.code:
        code = f'<span style="font:600 1.5em ui-monospace,monospace;letter-spacing:.08em">{escape(notice.code)}</span>'
        parts.append(f'<div style="margin-top:8px">Compare the code there: {code}</div>')
    if notice.far:
        parts.append(f'<div style="margin-top:8px">{_qr(notice.url)}</div>')
    parts.append(f'<div style="margin-top:8px;opacity:.75;overflow-wrap:anywhere;font-size:.85em">{url}</div>')
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def _qr(url: str) -> str:
    import segno

    with contextlib.suppress(ValueError):  # too long for any code
        return str(segno.make(url, error="l", micro=False).svg_inline(scale=4, border=2, light="white"))
    return ""
