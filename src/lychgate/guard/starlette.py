"""The guard in FastAPI and Starlette: a dependency, and a decorator."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
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


def dependency(gate: Gate, requires: Requirement) -> Any:
    """``Depends(...)`` whose value is the ``Principal``."""
    from fastapi import Depends

    async def principal(connection: HTTPConnection, response: Response) -> Principal:
        _mark(gate, response)
        return await _caller(gate, connection, requires)

    # FastAPI reads the annotations, which are texts here: it finds them in this module.
    return Depends(principal)


def guarded(gate: Gate, requires: Requirement) -> Callable[[Any], Any]:
    """Wraps an ``async def handler(request)``."""

    def wrap(handler: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
        @functools.wraps(handler)
        async def inner(request: HTTPConnection) -> Response:
            request.state.principal = await _caller(gate, request, requires)
            response = await handler(request)
            _mark(gate, response)
            return response

        return inner

    return wrap


async def _caller(gate: Gate, connection: HTTPConnection, requires: Requirement) -> Principal:
    try:
        return await gate.aadmit(call_of(connection.scope), requires)
    except Refusal as refusal:
        fields = {name: value for name, value in refusal.headers() if name != "content-type"}
        raise HTTPException(refusal.status, refusal.description, fields) from None


def _mark(gate: Gate, response: Response) -> None:
    if not gate.switch.on:
        response.headers[HEADER[0]] = HEADER[1]
