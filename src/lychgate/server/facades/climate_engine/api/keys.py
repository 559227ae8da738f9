"""``/api/v1/users/me/keys``: a person's own public keys, by which programs log in to UNICORE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lychgate.server.supercomputers import public_keys, user_keys

from .callers import AnyCaller, Person, engine_of
from .openapi import problems

if TYPE_CHECKING:
    from lychgate.server.people.login_model import UserKey

router = APIRouter(prefix="/api/v1/users/me/keys", tags=["users"])
Fingerprint = Annotated[str, Path(max_length=255, description="As ssh shows it: SHA256:...")]


class NewKey(BaseModel):
    """A public key in OpenSSH's or PEM text; without a name it is called as its comment says."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    public: Annotated[str, Field(max_length=public_keys.LONGEST)]
    name: Annotated[str, Field(max_length=200)] = ""


class OneKey(BaseModel):
    """A public key; times in epoch seconds."""

    fingerprint: str
    kind: str
    name: str
    public: str
    created_at: int
    last_used_at: int | None


def _shown(key: UserKey) -> dict[str, Any]:
    used = None if key.used_at is None else key.used_at // 1000
    shown = {name: getattr(key, name) for name in ("fingerprint", "kind", "name", "public")}
    return shown | {"created_at": key.created_at // 1000, "last_used_at": used}


@router.get("", summary="Your public keys", response_model=list[OneKey], responses=problems(401, 403))
async def list_keys(request: Request, caller: AnyCaller) -> list[dict[str, Any]]:
    """One's own public keys, oldest first."""
    return [_shown(key) for key in await engine_of(request).store.user_keys(caller.user.id)]


@router.post(
    "",
    summary="Add a public key",
    status_code=201,
    response_model=OneKey,
    responses=problems(400, 401, 403, 415, 422),
)
async def add_key(request: Request, caller: Person, key: NewKey) -> dict[str, Any]:
    """Add a public key: RSA of 2048 bits at least, ECDSA P-256, P-384 or P-521, or Ed25519."""
    engine = engine_of(request)
    made = await user_keys.add(engine, caller.actor, caller.user, key.public, key.name)
    await engine.catch_up()
    return _shown(made)


@router.delete(
    "/{fingerprint:path}",
    summary="Remove a public key",
    status_code=204,
    response_class=Response,
    responses=problems(401, 403, 404),
)
async def remove_key(request: Request, caller: Person, fingerprint: Fingerprint) -> None:
    """Remove a public key: programs can no longer log in by it."""
    engine = engine_of(request)
    await user_keys.remove(engine, caller.actor, caller.user, fingerprint)
    await engine.catch_up()
