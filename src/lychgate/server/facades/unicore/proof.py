"""What a caller has shown, and whether it still holds: asked at each request, in a security session too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lychgate.oauth.error import OAuthError
from lychgate.server import policy
from lychgate.server.trusted.trust_model import SERVICE

from .problem import refused

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import User
    from lychgate.server.supercomputers.unicore_model import IssuedToken

PASSWORD, OAUTH, SSH_KEY, DELEGATED = "PASSWORD", "OAUTH", "SSHKEY", "ETD"
STANDS_ON = ("key", "service")  # facts that an issued token takes over from what it was asked for with
SEEN = 60_000  # ms between two notes of a token's last use


@dataclass(frozen=True, slots=True)
class Proof:
    """``user`` is whom the caller acts for (an id), ``method`` how that was shown, ``at`` (ms) when it was made.

    ``until`` (ms) is its end, if it has one. ``facts`` are what it stands on and may be withdrawn. ``fixed`` are
    preferences that it froze. ``token`` is None for a person; a token that was issued says there whether it may make
    another, and within what.
    """

    method: str
    user: str
    at: int
    until: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    fixed: str = ""
    token: Grant | None = None

    def kept(self) -> dict[str, Any]:
        """As a session keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an issued token may make: nothing, unless ``renewable``; and then nothing beyond ``renew_until`` (ms)."""

    renewable: bool = False
    limited: bool = False
    renew_until: int | None = None


def again(kept: Mapping[str, Any]) -> Proof:
    """The proof that a session keeps."""
    token = kept["token"]
    return Proof(**{**kept, "token": None if token is None else Grant(**token)})


async def stand(engine: Engine, proof: Proof) -> User:
    """The user, as they are now. Raises ``OAuthError`` (403) where what was shown holds no longer."""
    user = await engine.authority.user(proof.user)
    if user is None or not user.active:
        raise refused("this user is disabled")
    if not policy.stands(proof.at, user) or not await _holds(engine, proof, user):
        raise ended()
    return user


async def _login_holds(engine: Engine, row: IssuedToken, user: User) -> bool:
    """Whether a program that asked for an issued token, if any did, may still have tokens of ``user``."""
    if row.client is None:
        return True
    client = await engine.authority.client(row.issuer, row.client)
    family = await engine.store.family(row.family) if row.family else None
    if client is None or (row.family and (family is None or family.revoked_at is not None)):
        return False
    try:
        policy.may_have_tokens(client, user, family, row.created_at)
    except OAuthError:
        return False
    return True


def ended() -> OAuthError:
    return refused("these credentials have been revoked, or have ended")


async def _holds(engine: Engine, proof: Proof, user: User) -> bool:
    facts, now = proof.facts, engine.clock()
    if proof.until is not None and proof.until <= now:
        return False
    if proof.method == OAUTH:
        return await engine.authority.is_live(engine.issuer.id, facts)
    if "key" in facts and not await _has_key(engine, proof.user, facts["key"]):
        return False
    if "service" in facts and not await _is_trusted(engine, facts["service"]):
        return False
    return "issued" not in facts or await _issued_holds(engine, facts["issued"], user)


async def _has_key(engine: Engine, user: str, fingerprint: str) -> bool:
    return any(key.fingerprint == fingerprint for key in await engine.store.user_keys(user))


async def _is_trusted(engine: Engine, service: str) -> bool:
    row = await engine.store.trusted(engine.issuer.id, SERVICE, service)
    return row is not None and (row.expires_at is None or row.expires_at > engine.clock())


async def _issued_holds(engine: Engine, id: str, user: User) -> bool:
    """Whether an issued token has not been revoked, and the login that it came of, if any, goes on."""
    row = await engine.store.issued_token(id)
    if row is None or not await _login_holds(engine, row, user):
        return False
    if engine.clock() - max(row.seen_at or 0, row.created_at) > SEEN:
        await engine.store.see_issued_token(id, engine.clock())
    return True
