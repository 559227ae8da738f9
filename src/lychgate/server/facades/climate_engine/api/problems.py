"""Errors of the JSON API as problem details (RFC 9457), each with a ``detail`` that a person can read.

Nothing that was sent stands in an answer: what was refused may have been a password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from lychgate.kernel.errors import LychgateError, TransientError
from lychgate.oauth.error import OAuthError
from lychgate.server.facades.climate_engine.problem import MEDIA_TYPE, members
from lychgate.server.stores.store import LastAdministrator, Missing, StoreUnavailable, Taken

CODES = {  # what fastapi-users calls it, for programs that look for it
    "email": "UPDATE_USER_EMAIL_ALREADY_EXISTS",
    "password": "UPDATE_USER_INVALID_PASSWORD",
}


class Refusal(LychgateError):
    """What this API refuses by itself. ``more`` are further members of the answer."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, dict(headers or {}), more


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The answer."""
    return JSONResponse(members(status, detail, more), status, dict(headers or {}), MEDIA_TYPE)


def _refusal(error: Refusal) -> JSONResponse:
    return problem(error.status, error.detail, error.headers, **error.more)


def _oauth(error: OAuthError) -> JSONResponse:
    return problem(error.status, error.description, error.headers)


def _taken(error: Taken) -> JSONResponse:
    return problem(400, str(error), code=CODES.get(error.field, f"{error.field.upper()}_ALREADY_EXISTS"))


def _missing(error: Missing) -> JSONResponse:
    return problem(404, str(error))


def _last(error: LastAdministrator) -> JSONResponse:
    return problem(409, str(error))


def _away(error: LychgateError) -> JSONResponse:
    return problem(
        503, "the server cannot reach its database; nothing was changed, try again soon", {"Retry-After": "2"}
    )


def _later(error: TransientError) -> JSONResponse:
    return problem(503, str(error), {"Retry-After": str(int(error.retry_after or 1))})


def _http(error: HTTPException) -> JSONResponse:
    """What the framework refuses: there is no such path."""
    detail = "there is nothing at this address" if error.status_code == 404 else str(error.detail)
    return problem(error.status_code, detail, error.headers)


def _invalid(error: RequestValidationError) -> JSONResponse:
    """422 with the fields that do not fit; 400 where the body is no JSON at all."""
    found = [(".".join(str(step) for step in one["loc"]), one["type"], one["msg"]) for one in error.errors()]
    if any(kind == "json_invalid" for _, kind, _ in found):
        return problem(400, "the body is not JSON")
    listed = [{"loc": where, "type": kind, "msg": text} for where, kind, text in found[:20]]
    return problem(422, "; ".join(f"{where}: {text}" for where, _, text in found[:5]), errors=listed)


_ANSWERS: dict[type[Exception], Callable[[Any], JSONResponse]] = {
    Refusal: _refusal,
    OAuthError: _oauth,
    Taken: _taken,
    Missing: _missing,
    LastAdministrator: _last,
    StoreUnavailable: _away,
    TransientError: _later,
    HTTPException: _http,
    RequestValidationError: _invalid,
}


def _handler(answer: Callable[[Any], JSONResponse]) -> Callable[[Request, Any], Any]:
    async def handle(request: Request, error: Any) -> JSONResponse:
        return answer(error)

    return handle


async def _method(request: Request, error: Any) -> JSONResponse:
    """405 with each method that the address does take: the framework names those of one route alone."""
    known = request.app.state.known
    path = next((route.path for route in known if route.matches(request.scope)[0] != Match.NONE), None)
    methods = sorted({method for route in known if route.path == path for method in route.methods}) or ["GET"]
    return problem(405, f"this address takes {' or '.join(methods)}", {"Allow": ", ".join(methods)})


async def _fault(request: Request, error: Any) -> JSONResponse:
    """What nobody foresaw; the framework raises it again afterwards, and ``Gate`` logs it."""
    id = request.scope.get("request_id", "")
    return problem(500, f"this is a fault of the server; its log knows it as {id}")


handlers: dict[int | type[Exception], Callable[[Request, Any], Any]] = {
    405: _method,
    500: _fault,
    **{kind: _handler(answer) for kind, answer in _ANSWERS.items()},
}
