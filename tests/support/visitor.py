"""A person played by hand, beside an issuer played by hand: where the browser was sent, and what comes back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from lychgate.kernel.errors import LoginNeeded
from lychgate.kernel.flow import Step
from lychgate.kernel.http import query_of
from lychgate.kernel.steps import Ask, Reach, Show, Tell, Visit
from lychgate.oauth.authorization import Mismatch
from support.play import Answer, Play

Redirect = Callable[[Mapping[str, str]], dict[str, str]]


class Visitor(Play):
    """``redirects`` make the parameters that come back from those that were asked with; strays are ignored."""

    def __init__(self, *answers: Answer, near: bool = True, nobody: bool = False) -> None:
        super().__init__(*answers)
        self.near, self.nobody = near, nobody
        self.redirects: deque[Redirect] = deque()
        self.typed: deque[str] = deque()
        self.opened: list[str] = []
        self.strays = 0
        self.told: list[str] = []
        self.asked: list[Ask] = []
        self.codes: list[tuple[str, str]] = []

    def perform(self, step: Step[Any]) -> Any:
        match step:
            case Reach(command=command):
                if self.nobody:
                    raise LoginNeeded("nobody", command=command)
                return self.near
            case Tell(message=message):
                self.told.append(message)
            case Ask(command=command):
                if self.nobody:
                    raise LoginNeeded("nobody", command=command)
                self.asked.append(step)
                return self.typed.popleft()
            case Show(url=url, code=code, until=until):
                self.codes.append((url, code))
                return self.run(until())
            case Visit():
                return self._visit(step)
            case _:
                return super().perform(step)
        return None

    def _visit(self, step: Visit[Any]) -> Any:
        url = self.run(step.address(f"http://127.0.0.1:{step.port or 40000}"))
        self.opened.append(url)
        while True:
            params = self.redirects.popleft()(query_of(url))
            try:
                return self.run(step.finish(params))
            except Mismatch:
                self.strays += 1
