"""The guard in Django: a middleware, for both colours of its handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django.http import HttpResponse
from django.utils.decorators import sync_and_async_middleware

from .asgi import call_of as call_of_scope
from .call import Call
from .principal import Principal
from .published import HEADERS, Published
from .refusal import Refusal
from .switch import HEADER, Switch
from .wsgi import call_of as call_of_environ


class Gate(Protocol):
    """What the middleware needs of a guard."""

    published: Published
    switch: Switch

    def admit(self, call: Call) -> Principal: ...
    async def aadmit(self, call: Call) -> Principal: ...


def middleware(gate: Gate) -> Callable[[Any], Any]:
    """What ``MIDDLEWARE`` names; the view finds the caller in ``request.principal``."""

    def made(get_response: Any) -> Any:
        from asgiref.sync import iscoroutinefunction  # Django's own

        def blocking(request: Any) -> Any:
            if gate.published.answers(request.method, request.path, request.path_info):
                return _document(gate)
            try:
                request.principal = gate.admit(_call(request))
            except Refusal as refusal:
                return _refused(gate, refusal)
            return _marked(gate, get_response(request))

        async def awaiting(request: Any) -> Any:
            if gate.published.answers(request.method, request.path, request.path_info):
                return _document(gate)
            try:
                request.principal = await gate.aadmit(_call(request))
            except Refusal as refusal:
                return _refused(gate, refusal)
            return _marked(gate, await get_response(request))

        return awaiting if iscoroutinefunction(get_response) else blocking

    wrapped: Callable[[Any], Any] = sync_and_async_middleware(made)
    return wrapped


def _call(request: Any) -> Call:
    """Django under ASGI keeps the scope, which says more than its own ``META``."""
    scope = getattr(request, "scope", None)
    return call_of_environ(request.META) if scope is None else call_of_scope(scope)


def _document(gate: Gate) -> Any:
    return _marked(gate, HttpResponse(gate.published.body(), headers=dict(HEADERS)))


def _refused(gate: Gate, refusal: Refusal) -> Any:
    return _marked(gate, HttpResponse(refusal.body(), status=refusal.status, headers=dict(refusal.headers())))


def _marked(gate: Gate, response: Any) -> Any:
    if not gate.switch.on:
        response.headers[HEADER[0]] = HEADER[1]
    return response
