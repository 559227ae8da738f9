"""What a person sees while a job runs elsewhere: a bar at a terminal and in a notebook, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import escape
from importlib import import_module
from typing import Any, Protocol, TextIO, TypeAlias

from . import surroundings
from .panel import speaking
from .tty import shown


class Reported(Protocol):
    """How far a job is: ``percent`` is None where nobody says."""

    @property
    def state(self) -> str: ...
    @property
    def percent(self) -> float | None: ...
    @property
    def message(self) -> str: ...
    @property
    def ended(self) -> bool: ...


Tell: TypeAlias = Callable[[Any], object]


def watching(what: str, progress: Tell | bool = True, out: TextIO | None = None) -> AbstractContextManager[Tell]:
    """Shows how far ``what`` is, on standard error (``out``), for as long as the context lasts.

    ``progress``: True shows it in the way that fits here, False shows nothing, a function gets each report instead.
    """
    if callable(progress):
        return contextlib.nullcontext(progress)
    if not progress:
        return contextlib.nullcontext(lambda report: None)
    if out is None and surroundings.facts().notebook:
        return _in_notebook(what)
    target = sys.stderr if out is None else out
    return _bar(what, target) if target.isatty() else _lines(what, target)


@contextlib.contextmanager
def _lines(what: str, out: TextIO) -> Iterator[Tell]:
    """A line for each change."""
    last = ""

    def tell(report: Reported) -> None:
        nonlocal last
        line = f"{what}: {said(report)}"
        if line != last:
            with contextlib.suppress(OSError, ValueError):
                out.write(f"{line}\n")
                out.flush()
        last = line

    yield tell


@contextlib.contextmanager
def _bar(what: str, out: TextIO) -> Iterator[Tell]:
    """One bar on a terminal; where another has it already, lines."""
    if not speaking.acquire(blocking=False):
        with _lines(what, out) as tell:
            yield tell
        return
    try:
        with _drawn(out) as bar:
            task = bar.add_task(what, total=None, said="")

            def draw(report: Reported) -> None:
                done = report.percent
                bar.update(task, total=None if done is None else 100.0, completed=done or 0.0, said=said(report, False))

            yield draw
    finally:
        speaking.release()


def _drawn(out: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    said_column = TextColumn("{task.fields[said]}", style="dim", markup=False)
    named = TextColumn("{task.description}", markup=False)
    return Progress(
        named, BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), said_column, console=Console(file=out)
    )


@contextlib.contextmanager
def _in_notebook(what: str) -> Iterator[Tell]:
    """A bar of plain HTML below the running cell, with no widget and no script."""
    shows: Any = import_module("IPython.display")  # it is there: we run in it
    panel: Any = shows.display(shows.HTML(f"<div>{escape(what)}</div>"), display_id=True)
    yield lambda report: panel.update(shows.HTML(pictured(what, report)))


def pictured(what: str, report: Reported) -> str:
    """The notebook's bar as HTML; whatever came from the service is escaped."""
    value = "" if report.percent is None else f' value="{report.percent:.0f}"'
    return (
        f'<div>{escape(what)} <progress max="100"{value} style="vertical-align:middle"></progress> '
        f"{escape(said(report))}</div>"
    )


def said(report: Reported, percent: bool = True) -> str:
    """How far it is, in words: ``running, 25 %: step 2 of 4``."""
    done = f", {report.percent:.0f} %" if percent and report.percent is not None and not report.ended else ""
    return f"{report.state}{done}{': ' if report.message else ''}{shown(' '.join(report.message.split()))}"
