"""A world of one's own for flows: virtual time, a dictionary for a store, answers written by the test."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from lychgate.kernel.errors import LoginNeeded, TransientError
from lychgate.kernel.flow import Flow, Once, Step
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.record import Record
from lychgate.kernel.steps import Ask, Attempt, Call, Load, Now, Save, Send, Sleep
from lychgate.world.blocking import run

T = TypeVar("T")
Answer = Response | Exception | Callable[[Request], Response]


def answer(body: object, status: int = 200, **headers: str) -> Response:
    """A reply with a JSON body; ``Retry_After="3"`` names a header."""
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Response(status, Headers(lines), json.dumps(body).encode(), "https://auth.example.org/token")


def token(access: str = "a1", **more: Any) -> Response:
    return answer({"access_token": access, "token_type": "bearer", **more})


class Play:
    """``answers`` are for requests of ours, ``attempts`` for the caller's. The test reads ``sent`` and ``slept``."""

    def __init__(self, *answers: Answer, now: float = 1_700_000_000.0) -> None:
        self.answers: deque[Answer] = deque(answers)
        self.attempts: deque[Response] = deque()
        self.now, self.sent, self.slept = now, list[Request](), list[float]()
        self.attempted: list[Request] = []
        self.typed, self.asked = deque[str](), list[str]()  # what the person types, and what they were asked
        self.records: dict[str, Record] = {}
        self.saves: list[tuple[str, Record | None]] = []
        self.before_load: Callable[[], None] = lambda: None

    def run(self, flow: Flow[T]) -> T:
        return run(flow, self.perform)

    def form(self, number: int = -1) -> dict[str, str]:
        """The fields of a request that was sent."""
        return dict(parse_qsl((self.sent[number].body or b"").decode()))

    def perform(self, step: Step[Any]) -> Any:
        match step:
            case Send(request=request):
                self.sent.append(request)
                reply = self.answers.popleft()
                if isinstance(reply, Exception):
                    raise reply
                return reply(request) if callable(reply) else reply
            case Sleep(seconds=seconds):
                self.slept.append(seconds)
                self.now += seconds
            case Now():
                return self.now
            case Load(key=key):
                self.before_load()
                return self.records.get(key)
            case Save(key=key, record=record):
                self.saves.append((key, record))
                if record is None:
                    self.records.pop(key, None)
                else:
                    self.records[key] = record
            case Call(function=function, args=args):
                return function(*args)
            case Once(make=make):
                return self.run(make())
            case Ask(prompt=prompt):
                self.asked.append(prompt)
                if not self.typed:
                    raise LoginNeeded("nobody is here", command="")
                return self.typed.popleft()
            case Attempt(request=request):
                self.attempted.append(request)
                return self.attempts.popleft()
            case _:
                raise AssertionError(f"nobody here does {step}")
        return None


LOST = TransientError("no answer")
