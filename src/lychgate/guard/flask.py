"""The guard in Flask: a decorator for views."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

from flask import after_this_request, current_app, g, request
from flask.wrappers import Response

from .call import Call
from .principal import Principal
from .refusal import Refusal
from .requirement import Requirement
from .switch import HEADER, Switch
from .wsgi import call_of


class Gate(Protocol):
    """What the decorator needs of a guard."""

    switch: Switch

    def admit(self, call: Call, requires: Requirement | None = None) -> Principal: ...


def guarded(gate: Gate, requires: Requirement) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorator; the view finds the caller in ``flask.g.principal``."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def inner(*args: Any, **kwargs: Any) -> Any:
            if not gate.switch.on:
                after_this_request(_marked)  # errors and what the application makes of them, too
            try:
                g.principal = gate.admit(call_of(request.environ), requires)
            except Refusal as refusal:
                return Response(refusal.body(), refusal.status, refusal.headers())
            return current_app.ensure_sync(view)(*args, **kwargs)

        return inner

    return wrap


def _marked(response: Response) -> Response:
    response.headers[HEADER[0]] = HEADER[1]
    return response
