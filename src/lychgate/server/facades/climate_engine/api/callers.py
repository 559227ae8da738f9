"""Who calls: the dependencies that read the access token and say what the caller may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from lychgate.server.actor import Actor
from lychgate.server.exchange import Call
from lychgate.server.facades.climate_engine.token import NAME, TOKEN
from lychgate.server.model import User
from lychgate.server.programs.principal import bearer

from .problems import Refusal

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

padlock = OAuth2PasswordBearer(
    tokenUrl=TOKEN, auto_error=False, description="Your e-mail address and password; the client fields stay empty."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """``user`` as the database has them now: the person, or the owner of the client that calls by itself.

    ``in_person`` is whether the token came from this facade's own login, with the password, and not through a program.
    """

    user: User
    in_person: bool
    actor: Actor


def engine_of(request: Request) -> Engine:
    return cast("Engine", request.app.state.engine)


async def caller(request: Request, _: Annotated[str | None, Depends(padlock)]) -> Caller:
    """Any live access token for this server that acts for somebody: 401 without one, 403 for a client of nobody's."""
    engine = engine_of(request)
    principal = await bearer(engine, request.headers.get("authorization"), _call(request))
    user = await engine.store.user(principal.user.id) if principal.user else None
    if user is None:
        raise Refusal(403, "this client has no owner, so there is no user to speak of")
    in_person = not principal.by_client and principal.client.extra.get("facade") == NAME
    address = request.client.host if request.client else None
    return Caller(user, in_person, Actor(user.id, address, request.scope.get("request_id")))


def _call(request: Request) -> Call:
    scope, address = request.scope, request.client.host if request.client else ""
    return Call(scope, request.receive, dict(scope["headers"]), address, scope.get("request_id", ""))


async def person(caller: Annotated[Caller, Depends(caller)]) -> Caller:
    """Somebody who has just logged in here: a token that a program got may not change accounts or make clients."""
    if not caller.in_person:
        raise Refusal(403, "this needs a token that you got here with your own password, not one that a client got")
    return caller


async def administrator(caller: Annotated[Caller, Depends(person)]) -> Caller:
    if not caller.user.superuser:
        raise Refusal(403, "this is for administrators")
    return caller


AnyCaller = Annotated[Caller, Depends(caller)]
Person = Annotated[Caller, Depends(person)]
Administrator = Annotated[Caller, Depends(administrator)]
