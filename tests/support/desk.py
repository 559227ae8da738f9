"""A person at a desk: what our client would open in the browser arrives here, and a real Chromium goes there."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest

from lychgate.world import browser, surroundings
from lychgate.world.surroundings import Surroundings

T = TypeVar("T")


class Desk:
    """``urls`` is where the pages to open arrive; ``start`` runs what opens them beside the browser's thread."""

    def __init__(self) -> None:
        self.urls: queue.Queue[str] = queue.Queue()
        self._pool = ThreadPoolExecutor(64)

    def start(self, work: Callable[[], T]) -> Future[T]:
        return self._pool.submit(work)

    def url(self, seconds: float = 30) -> str:
        """The next page that was to be opened."""
        return self.urls.get(timeout=seconds)

    def open_page(self, url: str, *, wsl: bool = False) -> bool:
        self.urls.put(url)
        return True


@contextmanager
def at_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Within it this process believes itself on a desktop."""
    desk = Desk()
    monkeypatch.setattr(browser, "open_page", desk.open_page)
    monkeypatch.setattr(surroundings, "here", lambda: Surroundings("desktop", browser=True))
    try:
        yield desk
    finally:
        desk._pool.shutdown(wait=False, cancel_futures=True)
