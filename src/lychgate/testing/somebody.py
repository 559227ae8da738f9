"""A person for tests: opens each page that is shown, follows it where it leads, and types the answers given."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import httpx2

from lychgate.kernel.errors import LoginNeeded
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Ask, Reach, Show, Visit
from lychgate.world.loopback import Loopback

R = TypeVar("R")


class Somebody:
    """``answers`` are typed in turn, from the first again at each login. ``before(page, redirect_uri)`` runs first.

    ``came`` counts what the person was troubled with: pages opened and lines typed.
    """

    def __init__(
        self, answers: Sequence[str] = (), before: Callable[[str, str], None] = lambda page, back: None
    ) -> None:
        self.came, self.said = 0, list[str]()
        self._answers, self._typed, self._before = answers, 0, before

    def reach(self, step: Reach) -> bool:
        return True

    def ask(self, step: Ask, stop: threading.Event) -> str:
        if not self._answers:
            raise LoginNeeded(f"{step.prompt} was asked for, and this person has no answer", command=step.command)
        self.came += 1
        self._typed += 1
        return self._answers[(self._typed - 1) % len(self._answers)]

    def tell(self, message: str) -> None:
        self.said.append(message)

    @contextlib.contextmanager
    def show(self, step: Show[Any]) -> Iterator[None]:
        self.came += 1
        with self._opening(step.url, ""):
            yield

    def visit(self, step: Visit[R], run: Callable[[Flow[Any]], Any], stop: threading.Event) -> R:
        self.came += 1
        with Loopback(step.port, "the issuer", "the tests") as door:
            page = run(step.address(door.redirect_uri))
            with self._opening(page, door.redirect_uri):
                came: R = door.welcome(lambda params: run(step.finish(params)), min(step.wait, 30.0), stop)
                return came

    @contextlib.contextmanager
    def _opening(self, page: str, back: str) -> Iterator[None]:
        opened = threading.Thread(target=self._open, args=(page, back), daemon=True)
        opened.start()
        try:
            yield
        finally:
            opened.join(10)

    def _open(self, page: str, back: str) -> None:
        self._before(page, back)
        with contextlib.suppress(httpx2.HTTPError):
            httpx2.get(page, follow_redirects=True, trust_env=False, timeout=30)
