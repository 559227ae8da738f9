"""What a person sees at a terminal while we wait for a login: always the link; a code and its picture for a device."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from .tty import shown

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

speaking = threading.Lock()  # one live panel on a terminal; what comes meanwhile is printed plainly


@dataclass(frozen=True, slots=True)
class Notice:
    """``url`` to open; ``code`` to compare there; ``far``: it may be opened on any device. ``wait`` in seconds."""

    issuer: str
    url: str
    wait: float
    code: str = ""
    far: bool = False

    @property
    def where(self) -> str:
        return host_of(self.issuer)


def host_of(url: str) -> str:
    return shown(urlsplit(url).netloc.rpartition("@")[2] or url)


def clock(seconds: float) -> str:
    """``4:58``."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"


@contextlib.contextmanager
def on_terminal(notice: Notice, out: TextIO | None = None) -> Iterator[None]:
    """The notice on ``out`` (standard error): with a clock that runs where it is a terminal, else once, as lines."""
    target = sys.stderr if out is None else out
    if not target.isatty() or not speaking.acquire(blocking=False):
        plainly(notice, target)
        yield
        return
    try:
        with _live(notice, target):
            yield
    finally:
        speaking.release()


def plainly(notice: Notice, target: TextIO, more: str = "") -> None:
    """The notice as lines, whole, so that the link can be copied however long it is."""
    lines = [f"Open this page to log in as yourself at {notice.where} (waiting {clock(notice.wait)}):", ""]
    lines += [f"    {shown(notice.url)}", ""]
    lines += [f"Compare the code there:  {shown(notice.code)}"] if notice.code else []
    lines += [more] if more else []
    target.write("\n".join(lines) + "\n")
    target.flush()


@contextlib.contextmanager
def _live(notice: Notice, target: TextIO) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=target, highlight=False)
    fits = len(notice.url) + 4 <= console.width
    if not fits:  # a link that wraps must be the terminal's own line, or it could not be copied
        plainly(notice, target)
    deadline = time.monotonic() + notice.wait

    def picture(waiting: bool = True) -> RenderableType:
        return _picture(notice, deadline - time.monotonic() if waiting else None, fits, console)

    with Live(console=console, get_renderable=picture, refresh_per_second=2, transient=not fits) as live:
        try:
            yield
        finally:
            if fits:
                live.update(picture(waiting=False))


def _picture(notice: Notice, left: float | None, fits: bool, console: Console) -> RenderableType:
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    waiting = "" if left is None else f" (waiting {clock(left)})"
    if not fits:
        return Text(f"Waiting for you there{waiting.replace('waiting ', '')}", style="dim")
    head = Text.assemble("Open this page to log in as yourself", (waiting, "dim"), ":")
    body = Text(f"\n    {shown(notice.url)}\n", style="bold cyan", no_wrap=True)
    if notice.code:
        body.append(f"\n    Compare the code there:  {shown(notice.code)}\n", style="bold")
    qr = code_picture(notice.url) if notice.far else None
    if qr is None:
        return Group(head, body)
    beside = console.width >= len(notice.url) + 8 + len(qr[0])
    drawn = Text("\n".join(qr), style="black on white", no_wrap=True)
    return Group(head, Columns([body, drawn], padding=(0, 4))) if beside else Group(head, body, drawn)


def code_picture(url: str) -> list[str] | None:
    """The link as a QR code in half blocks, dark on light; None where it would be too large for a terminal."""
    import segno

    with contextlib.suppress(ValueError):  # too long for any code
        code = segno.make(url, error="l", micro=False)
        rows = [[bool(dot) for dot in row] for row in code.matrix_iter(border=2)]
        if len(rows) > 60:
            return None
        pairs = zip(rows[::2], [*rows[1::2], [False] * len(rows[0])], strict=False)
        return ["".join(_BLOCKS[top, bottom] for top, bottom in zip(a, b, strict=True)) for a, b in pairs]
    return None


_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
