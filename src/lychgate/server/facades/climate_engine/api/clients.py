"""``/api/v1/clients``: a person's own clients. One made here may use each of the three ways to show its secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lychgate.oauth import logout_metadata
from lychgate.server.model import Client
from lychgate.server.programs import clients
from lychgate.server.secrets import new_id

from .callers import AnyCaller, Caller, Person, engine_of
from .openapi import problems
from .problems import Refusal

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import ClientSecret

router = APIRouter(prefix="/api/v1/clients", tags=["clients"])
Id = Annotated[str, Path(max_length=255, description="A client's id.")]
METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
HELP = {one.name: Field(description=one.help) for one in logout_metadata.OPTIONS}


class Wish(BaseModel):
    """What may be said of a new client; all of it may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=200, description="A name to know it by.")] | None = None


class Registered(BaseModel):
    """What a client has registered about logout, in the names of OpenID Connect; null for nothing."""

    backchannel_logout_uri: Annotated[str, HELP[logout_metadata.URI]] | None = None
    backchannel_logout_session_required: Annotated[bool, HELP[logout_metadata.SESSION]] | None = None
    post_logout_redirect_uris: Annotated[list[str], HELP[logout_metadata.AFTER]] | None = None


class Changes(Wish, Registered):
    """What to change of a client; what is left out stays, and null takes away what it registered."""


class Rotation(BaseModel):
    """How long the old secret stays good."""

    model_config = ConfigDict(extra="forbid", strict=True)

    keep_old: Annotated[
        int, Field(ge=0, le=clients.LONGEST_KEEP, description="Seconds for which the old secret stays good.")
    ] = clients.KEEP


class NewClient(BaseModel):
    """A new client. The secret is shown this once."""

    user_id: str
    client_id: str
    client_secret: str


class NewSecret(NewClient):
    """A new secret, shown this once; the old one ends at ``old_secret_expires_at`` (epoch seconds)."""

    old_secret_expires_at: int | None


class Secret(BaseModel):
    """When a secret was made and when it ends (epoch seconds; null: when it is rotated)."""

    created_at: int
    expires_at: int | None


class OneClient(Registered):
    """A client; times in epoch seconds."""

    user_id: str
    client_id: str
    name: str
    is_active: bool
    created_at: int
    last_used_at: int | None
    secrets: list[Secret]


def _seconds(at: int | None) -> int | None:
    return None if at is None else at // 1000


def _shown(client: Client) -> dict[str, Any]:
    return {
        "user_id": client.owner,
        "client_id": client.id,
        "name": client.name,
        "is_active": client.active,
        "created_at": _seconds(client.created_at),
        "last_used_at": _seconds(client.last_used_at),
        "secrets": [_shown_secret(secret) for secret in client.secrets],
    } | {one.name: client.extra.get(one.name) for one in logout_metadata.OPTIONS}


def _shown_secret(secret: ClientSecret) -> dict[str, Any]:
    return {"created_at": _seconds(secret.created_at), "expires_at": _seconds(secret.not_after)}


@router.post(
    "/", summary="Make a client", status_code=201, response_model=NewClient, responses=problems(400, 401, 403, 415, 422)
)
@router.post("", status_code=201, response_model=NewClient, include_in_schema=False)
async def add_client(request: Request, caller: Person, wish: Wish | None = None) -> dict[str, Any]:
    """Make a client of one's own. Its secret is shown this once and cannot be read later: keep it in a safe place."""
    engine, id = engine_of(request), new_id()
    name = (wish.name if wish else None) or f"client {id[:8]}"
    client = Client(engine.issuer.id, id, name, owner=caller.user.id, methods=METHODS)
    made = await clients.add(engine, caller.actor, client)
    await engine.catch_up()
    return {"user_id": caller.user.id, "client_id": id, "client_secret": made.secret}


@router.get("/", summary="Your clients", response_model=list[OneClient], responses=problems(401, 403, 422))
@router.get("", response_model=list[OneClient], include_in_schema=False)
async def list_clients(
    request: Request,
    caller: AnyCaller,
    after: Annotated[str, Query(max_length=255, description="Go on after this client_id.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """One's own clients in order of their ids, and when they were last used."""
    engine = engine_of(request)
    start = after if after.isprintable() else ""
    found = await engine.store.clients(engine.issuer.id, caller.user.id, "", start, limit)
    return [_shown(client) for client in found]


@router.get("/{id}", summary="One of your clients", response_model=OneClient, responses=problems(401, 403, 404))
async def read_client(request: Request, caller: AnyCaller, id: Id) -> dict[str, Any]:
    """One of one's own clients; an administrator sees anybody's."""
    return _shown(await _find(engine_of(request), caller, id))


@router.patch(
    "/{id}",
    summary="Change one of your clients",
    response_model=OneClient,
    responses=problems(400, 401, 403, 404, 415, 422),
)
async def change_client(request: Request, caller: Person, id: Id, changes: Changes) -> dict[str, Any]:
    """Change its name, and what it hears of logouts; an administrator changes anybody's."""
    engine = engine_of(request)
    client, given = await _find(engine, caller, id), changes.model_dump(exclude_unset=True)
    name = given.pop("name", None)
    wanted: dict[str, Any] = {"name": name} if name else {}
    if given:
        kept = {key: None if value in ("", []) else value for key, value in given.items()}
        wanted["extra"] = clients.extended(client.extra, kept)
    made = await clients.edit(engine, caller.actor, client, wanted)
    await engine.catch_up()
    return _shown(made.client)


@router.delete(
    "/{id}", summary="Remove a client", status_code=204, response_class=Response, responses=problems(401, 403, 404)
)
async def remove_client(request: Request, caller: Person, id: Id) -> None:
    """Remove a client. Its tokens are refused from now on."""
    engine = engine_of(request)
    await clients.remove(engine, caller.actor, await _find(engine, caller, id))
    await engine.catch_up()


@router.post(
    "/{id}/rotate",
    summary="Give a client a new secret",
    response_model=NewSecret,
    responses=problems(400, 401, 403, 404, 415, 422),
)
async def rotate_secret(request: Request, caller: Person, id: Id, rotation: Rotation | None = None) -> dict[str, Any]:
    """Give a client a new secret, shown this once. The old one stays good for a day, or as long as the body says."""
    engine = engine_of(request)
    client = await _find(engine, caller, id)
    made = await clients.rotate(engine, caller.actor, client, (rotation or Rotation()).keep_old)
    await engine.catch_up()
    return {
        "user_id": client.owner,
        "client_id": client.id,
        "client_secret": made.secret,
        "old_secret_expires_at": _seconds(made.old_not_after),
    }


async def _find(engine: Engine, caller: Caller, id: str) -> Client:
    """One's own client; for an administrator anybody's that has an owner."""
    client = await engine.store.client(engine.issuer.id, id) if id.isprintable() else None
    mine = client is not None and client.owner is not None and (client.owner == caller.user.id or caller.user.superuser)
    if client is None or not mine:
        raise Refusal(404, "there is no such client")
    return client
