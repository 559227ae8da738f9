"""The stage of the demo: steps and figures, the server's log beside them; live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

LOG_LINES = 14


@dataclass(slots=True)
class Step:
    """``figures`` are shown behind the title; ``took`` in seconds, None while it runs."""

    title: str
    figures: list[str] = field(default_factory=list)
    took: float | None = None
    failed: bool = False


class Stage:
    """Where a story is told. Safe to use from threads.

    ``alone``: nobody sits at a browser, so that a story that needs a person plays them itself.
    """

    def __init__(self, console: Console, title: str, *, alone: bool = False) -> None:
        self._console, self._title, self.alone = console, title, alone
        self._steps: list[Step] = []
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._lock = threading.Lock()
        self._live: Live | None = None

    @contextmanager
    def open(self) -> Iterator[Stage]:
        """Show the stage while the story is played."""
        if not self._console.is_terminal:
            self._console.print(self._title, soft_wrap=True)
            yield self
            return
        with Live(self, console=self._console, refresh_per_second=8) as self._live:
            yield self
        self._live = None

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """One step: done when the block ends, failed when it raises."""
        step, begun = Step(title), time.monotonic()
        with self._lock:
            self._steps.append(step)
        try:
            yield step
        except BaseException:
            step.failed = True
            raise
        finally:
            step.took = time.monotonic() - begun
            self._say(step)

    def log(self, line: str) -> None:
        """A line of the server's log."""
        with self._lock:
            self._log.append(line)

    def tell(self, line: str) -> None:
        """A line for the person who watches, shown at once: what to do now."""
        if self._live is None:
            self._console.print(f"        {line}", highlight=False, markup=False, soft_wrap=True)
            return
        with self._lock:
            self._steps[-1].figures.append(line)

    def seconds(self) -> float:
        """How long all finished steps took."""
        return sum(step.took or 0.0 for step in self._steps)

    def _say(self, step: Step) -> None:
        if self._live is None:
            mark = "FAILED" if step.failed else "ok"
            self._console.print(f"{mark:>6}  {step.title}", highlight=False, soft_wrap=True)
            for figure in step.figures:
                self._console.print(f"        {figure}", highlight=False, soft_wrap=True)

    def __rich__(self) -> RenderableType:
        with self._lock:
            steps, log = list(self._steps), list(self._log)
        told = Table.grid(padding=(0, 1))
        for step in steps:
            told.add_row(_mark(step), _told(step))
        heard = Text("\n".join(log), style="dim", no_wrap=True, overflow="ellipsis")
        return Group(Panel(told, title=self._title), Panel(heard, title="the server's log"))


def _mark(step: Step) -> Text:
    if step.failed:
        return Text("✗", style="bold red")
    return Text("…", style="yellow") if step.took is None else Text("✓", style="bold green")


def _told(step: Step) -> Text:
    text = Text(step.title)
    for figure in step.figures:
        text.append(f"\n  {figure}", style="cyan")
    return text
