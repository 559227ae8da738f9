"""A JWT that a person signed with a key of their own, of which we have the public part: ``sub == iss == user``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lychgate.oauth import access_token, jose
from lychgate.server.supercomputers import public_keys

from . import nobody, people
from .problem import refused
from .proof import SSH_KEY, Proof
from .times import require_times

if TYPE_CHECKING:
    from lychgate.oauth.error import OAuthError
    from lychgate.server.engine import Engine
    from lychgate.server.people.login_model import UserKey

    from .identity import Identity

LONGEST = 24 * 3600  # seconds: no such JWT may end later than this from now
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "ECDSA", "Ed": "ED25519"}  # of keys, by how their algorithms begin
SEEN = 60_000  # ms between two notes of a key's last use


async def read(engine: Engine, identity: Identity, token: str, claims: Mapping[str, Any]) -> Proof:
    """What the JWT shows; ``claims`` are its own, not verified yet. Raises ``OAuthError`` (403), always the same."""
    name, now = claims.get("sub"), engine.clock()
    if not isinstance(name, str) or claims.get("iss") != name:
        raise _wrong()
    try:
        require_times(engine, identity, claims, now, LONGEST)
    except access_token.NotAccepted:
        raise _wrong() from None
    user = await people.named(engine, name)
    keys = await engine.store.user_keys(user.id if user else "")
    key = _signed_by(token, str(jose.peek(token)[0].get("alg")), keys)
    if user is None or key is None:
        raise _wrong()
    if now - (key.used_at or 0) > SEEN:
        await engine.store.see_user_key(user.id, key.fingerprint, now)
    return Proof(SSH_KEY, user.id, now, facts={"key": key.fingerprint})


def _signed_by(token: str, alg: str, keys: list[UserKey]) -> UserKey | None:
    if alg not in jose.ASYMMETRIC:
        return None
    fitting = [key for key in keys if key.kind == KINDS[alg[:2]]]
    if not fitting:
        _fits(token, nobody.line(alg))
    return next((key for key in fitting if _fits(token, key.public)), None)


def _fits(token: str, line: str) -> bool:
    try:
        jose.verify(token, [public_keys.verifying(line)], jose.ASYMMETRIC)
    except jose.BadJwt:
        return False
    return True


def _wrong() -> OAuthError:
    return refused("wrong credentials: no key of this user signed a token that is valid now")
