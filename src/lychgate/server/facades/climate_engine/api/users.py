"""``/api/v1/users``: one's own account, and an administrator's view of the others.

As fastapi-users has it: ``PATCH users/me`` takes ``email`` and ``password`` with no more than the token (here only one
got with the password itself, at most a token's life ago). Beyond it, a new password ends every login and token made
before it, a new e-mail address is not verified, and a try to change ``is_active``, ``is_superuser`` or ``is_verified``
of oneself is refused where fastapi-users ignores it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lychgate.oauth.error import OAuthError
from lychgate.server.people import accounts

from .callers import Administrator, AnyCaller, Caller, Person, engine_of
from .openapi import problems
from .problems import CODES, Refusal

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import User

router = APIRouter(prefix="/api/v1/users", tags=["users"])
Id = Annotated[str, Path(max_length=255, description="A user's id.")]
Words = Annotated[list[str], Field(max_length=200)]
FIELDS = {
    "is_active": "active",
    "is_superuser": "superuser",
    "is_verified": "verified",
    "email": "email",
    "name": "name",
    "roles": "roles",
    "groups": "groups",
}


class Me(BaseModel):
    """An account as its owner sees it."""

    id: str
    email: str
    is_active: bool
    is_superuser: bool
    is_verified: bool


class Account(Me):
    """An account as an administrator sees it."""

    name: str
    roles: list[str]
    groups: list[str]


class MyChanges(BaseModel):
    """What to change of one's own account; the flags only as they are already."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    email: Annotated[str, Field(max_length=254)] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    password: SecretStr | None = None
    is_active: bool | None = None
    is_superuser: bool | None = None
    is_verified: bool | None = None


class Changes(MyChanges):
    """What to change of somebody's account."""

    roles: Words | None = None
    groups: Words | None = None


def _shown(user: User) -> dict[str, Any]:
    found = {name: getattr(user, field) for name, field in FIELDS.items()}
    return {"id": user.id} | found | {"roles": list(user.roles), "groups": list(user.groups)}


@router.get("/me", summary="Your account", response_model=Me, responses=problems(401, 403))
async def read_me(caller: AnyCaller) -> dict[str, Any]:
    """The account that the token acts for; a client's token shows the client's owner."""
    return _shown(caller.user)


@router.patch("/me", summary="Change your account", response_model=Me, responses=problems(400, 401, 403, 415, 422))
async def change_me(request: Request, caller: Person, changes: MyChanges) -> dict[str, Any]:
    """Change one's own e-mail address, name or password. A new password ends every login and token before it."""
    wanted = changes.model_dump(exclude_none=True, exclude={"password"})
    for flag in ("is_active", "is_superuser", "is_verified"):
        if wanted.pop(flag, getattr(caller.user, FIELDS[flag])) != getattr(caller.user, FIELDS[flag]):
            raise Refusal(403, f"only an administrator changes {flag}")
    return _shown(await _apply(engine_of(request), caller, caller.user, wanted, changes.password))


@router.get("/{id}", summary="Anybody's account", response_model=Account, responses=problems(401, 403, 404))
async def read_user(request: Request, caller: Administrator, id: Id) -> dict[str, Any]:
    """Anybody's account, for administrators."""
    return _shown(await _find(engine_of(request), id))


@router.patch(
    "/{id}",
    summary="Change anybody's account",
    response_model=Account,
    responses=problems(400, 401, 403, 404, 409, 415, 422),
)
async def change_user(request: Request, caller: Administrator, id: Id, changes: Changes) -> dict[str, Any]:
    """Change anybody's account, for administrators. The last administrator stays one."""
    engine = engine_of(request)
    wanted = changes.model_dump(exclude_none=True, exclude={"password"})
    return _shown(await _apply(engine, caller, await _find(engine, id), wanted, changes.password))


@router.delete(
    "/{id}", summary="Remove somebody", status_code=204, response_class=Response, responses=problems(401, 403, 404, 409)
)
async def remove_user(request: Request, caller: Administrator, id: Id) -> None:
    """Remove a user, their logins and the clients they own, for administrators. The last administrator stays."""
    engine = engine_of(request)
    await accounts.remove(engine, caller.actor, await _find(engine, id))
    await engine.catch_up()


async def _find(engine: Engine, id: str) -> User:
    user = await engine.store.user(id) if id.isprintable() else None
    if user is None:
        raise Refusal(404, "there is no such user")
    return user


async def _apply(
    engine: Engine, caller: Caller, user: User, wanted: dict[str, Any], password: SecretStr | None
) -> User:
    """Carry out changes, given by their names on the wire. The password goes first: it alone may be too weak."""
    changes = {FIELDS[name]: tuple(value) if isinstance(value, list) else value for name, value in wanted.items()}
    if password is not None:
        try:
            changes |= await accounts.password_changes(engine, password.get_secret_value())
        except OAuthError as error:
            raise Refusal(400, error.description, code=CODES["password"]) from None
    changed = await accounts.edit(engine, caller.actor, user, changes)
    await engine.catch_up()
    return changed
