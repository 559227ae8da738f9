"""The guard in Starlette: a decorator for handlers; and what it shares with FastAPI's dependency."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from .asgi import call_of
from .call import Call
from .principal import Principal
from .refusal import Refusal
from .requirement import Requirement
from .switch import HEADER, Switch


class Gate(Protocol):
    """What the two need of a guard."""

    switch: Switch

    async def aadmit(self, call: Call, requires: Requirement | None = None) -> Principal: ...


def guarded(gate: Gate, requires: Requirement) -> Callable[[Any], Any]:
    """Wraps an ``async def handler(request)``."""

    def wrap(handler: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
        @functools.wraps(handler)
        async def inner(request: HTTPConnection) -> Response:
            with marking(gate):
                request.state.principal = await caller(gate, request, requires)
                response = await handler(request)
            mark(gate, response)
            return response

        return inner

    return wrap


async def caller(gate: Gate, connection: HTTPConnection, requires: Requirement) -> Principal:
    """Who calls. Raises ``HTTPException`` with the refusal's status and header."""
    try:
        return await gate.aadmit(call_of(connection.scope), requires)
    except Refusal as refusal:
        fields = {name: value for name, value in refusal.headers() if name != "content-type"}
        raise HTTPException(refusal.status, refusal.description, fields) from None


@contextmanager
def marking(gate: Gate) -> Iterator[None]:
    """Has an ``HTTPException`` say, too, that nobody was asked for a token, where it is so."""
    try:
        yield
    except HTTPException as error:
        if not gate.switch.on:
            error.headers = {**(error.headers or {}), HEADER[0]: HEADER[1]}
        raise


def mark(gate: Gate, response: Response) -> None:
    """The same for an answer."""
    if not gate.switch.on:
        response.headers[HEADER[0]] = HEADER[1]
