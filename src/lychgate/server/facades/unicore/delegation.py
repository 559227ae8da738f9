"""Tokens with ``etd``: those that this server issued, and those that a trusted service signed for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lychgate.oauth import access_token, jose
from lychgate.server.trusted import trust

from . import people, preferences
from .identity import ALG
from .problem import refused
from .proof import DELEGATED, Grant, Proof
from .times import require_times

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

    from .identity import Identity

LAST = 253402300799  # epoch seconds: the end of the year 9999


def is_meant(claims: Mapping[str, Any]) -> bool:
    """Whether it is a delegation token, as it says itself."""
    return _is_true(claims.get("etd"))


def _is_true(claim: object) -> bool:
    """UNICORE writes its flags as texts."""
    return claim is True or (isinstance(claim, str) and claim.lower() == "true")


async def read(engine: Engine, identity: Identity, token: str, claims: Mapping[str, Any]) -> Proof:
    """What the token shows; ``claims`` are its own, not verified yet. Raises ``OAuthError`` (403)."""
    try:
        signer = identity.named(claims.get("iss"))
        if signer is not None:
            return await _own(engine, signer, token)
        return await _of_service(engine, identity, token, claims)
    except (jose.BadJwt, access_token.NotAccepted) as error:
        raise refused(f"this token is not accepted: {error}") from None


async def _own(engine: Engine, identity: Identity, token: str) -> Proof:
    """A token of ours: what it may do is what its row says."""
    _, claims = jose.verify(token, [identity.key], [ALG])
    row = await engine.store.issued_token(str(claims.get("jti")))
    if row is None or row.expires_at <= engine.clock():
        raise access_token.NotAccepted("it has expired, or has been revoked")
    facts = {"issued": row.id, "origin": row.origin, "fam": row.family, "client_id": row.client} | row.stands_on
    may = Grant(row.renewable, row.limited, row.renew_until)
    return Proof(DELEGATED, row.user, row.created_at, row.expires_at, facts, row.preferences, may)


async def _of_service(engine: Engine, identity: Identity, token: str, claims: Mapping[str, Any]) -> Proof:
    now = engine.clock()
    found = await trust.service(engine, engine.issuer, claims.get("iss"))
    if found is None:
        raise access_token.NotAccepted("its issuer is not trusted here")
    row, key = found
    jose.verify(token, [key], row.algs or jose.ASYMMETRIC)
    require_times(engine, identity, claims, now)
    subject = claims.get("sub")
    user = await people.meant(engine, subject) if isinstance(subject, str) else None
    if user is None:
        raise access_token.NotAccepted("nobody here has the name that it was issued for")
    made, until, fixed = claims.get("iat"), claims.get("renew_until"), claims.get("preferences", "")
    if not isinstance(fixed, str):
        raise access_token.NotAccepted("its preferences are no text")
    return Proof(
        DELEGATED,
        user.id,
        now if made is None else min(now, int(1000 * made)),
        int(1000 * claims["exp"]),
        {"service": row.key},
        preferences.read([fixed]),
        Grant(_is_true(claims.get("renewable")), "aud" in claims, _ms(until) if isinstance(until, int) else None),
    )


def _ms(seconds: int) -> int:
    """A time that somebody else has named, as one that can be shown and kept."""
    return 1000 * min(max(seconds, 0), LAST)
