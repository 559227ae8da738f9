"""Who calls, by the ``Authorization`` header: a password, an access token, a key's JWT, an issued token.

Each is told from the others by what it says of itself, and then must be what it says: nothing is tried in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lychgate.oauth import basic, jose
from lychgate.oauth.access_token import TYPES
from lychgate.oauth.error import OAuthError
from lychgate.server.people.login import log_in
from lychgate.server.people.second_factors import needed
from lychgate.server.policy import made_at
from lychgate.server.programs.principal import bearer

from . import delegation, ssh_key
from .problem import refused
from .proof import OAUTH, PASSWORD, Proof

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

    from .identity import Identity

LIVE = ("jti", "fam", "client_id", "user_id", "iat", "iat_ms", "exp")  # what says whether an access token still lives


async def read(engine: Engine, identity: Identity, authorization: str) -> Proof:
    """What the header shows. Raises ``OAuthError``: 403 for wrong credentials, 429 where logins are slowed."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "basic":
        return await _password(engine, authorization)
    if scheme.lower() == "bearer":
        return await _bearer(engine, identity, rest.strip())
    raise refused("wrong credentials: send them as Basic or Bearer")


async def _password(engine: Engine, authorization: str) -> Proof:
    found, now = basic.read(authorization), engine.clock()
    if found is None:
        raise _wrong()
    try:
        user = await log_in(engine, engine.issuer, *found)
    except OAuthError as error:
        raise _wrong() if error.error == "invalid_grant" else error from None
    if await needed(engine, user):
        raise refused("this person has a second factor, which Basic knows not: use a key, or an access token")
    return Proof(PASSWORD, user.id, now)


async def _bearer(engine: Engine, identity: Identity, token: str) -> Proof:
    try:
        header, claims = jose.peek(token)
    except jose.BadJwt:
        raise refused("wrong credentials: the bearer token is none that is known here") from None
    if delegation.is_meant(claims):
        return await delegation.read(engine, identity, token, claims)
    if header.get("typ", "").lower() in TYPES or claims.get("iss") == engine.issuer.url:
        return await _access_token(engine, token)
    return await ssh_key.read(engine, identity, token, claims)


async def _access_token(engine: Engine, token: str) -> Proof:
    try:
        found = await bearer(engine, f"Bearer {token}")
    except OAuthError as error:
        raise refused(error.description) if error.status == 401 else error from None
    if found.user is None:
        raise refused("this access token is a client's own, and nobody owns the client: there is no person it acts for")
    claims = found.claims
    facts: dict[str, Any] = {name: claims[name] for name in LIVE if name in claims}
    return Proof(OAUTH, found.user.id, made_at(claims), 1000 * int(claims["exp"]), facts, _chosen(claims))


def _chosen(claims: Mapping[str, Any]) -> str:
    """The choices that an access token fixes (``choice_scope``), as preferences."""
    fixed = [f"{name}:{claims[name]}" for name in ("uid", "group", "role") if isinstance(claims.get(name), str)]
    groups = claims.get("supplementary_groups")
    return ",".join(fixed + ([f"supplementaryGroups:{'+'.join(groups)}"] if groups else []))


def _wrong() -> OAuthError:
    return refused("wrong name or password")
