"""The guard in Flask: a decorator for views."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

from flask import current_app, g, make_response, request
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
            try:
                g.principal = gate.admit(call_of(request.environ), requires)
            except Refusal as refusal:
                return _marked(gate, Response(refusal.body(), refusal.status, refusal.headers()))
            answer = current_app.ensure_sync(view)(*args, **kwargs)
            return answer if gate.switch.on else _marked(gate, make_response(answer))

        return inner

    return wrap


def _marked(gate: Gate, response: Any) -> Any:
    if not gate.switch.on:
        response.headers[HEADER[0]] = HEADER[1]
    return response
