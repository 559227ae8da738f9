"""Who calls: what they have shown, who they are now, and what they choose for this request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lychgate.oauth.error import OAuthError
from lychgate.server.model import AuditRow
from lychgate.server.supercomputers.choices import Chosen

from . import credentials, preferences, sessions
from .problem import UNKNOWN_SESSION, no_session
from .proof import stand

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Call
    from lychgate.server.model import User

    from .identity import Identity
    from .proof import Proof
    from .sessions import Seat


NOTHING = Chosen()


@dataclass(frozen=True, slots=True)
class Caller:
    """``user`` and ``proof`` are None for an anonymous one. ``wished`` are the preferences that hold, in one spelling:
    those that the credentials froze, or else the request's own. ``chosen`` is what comes of them."""

    seat: Seat
    proof: Proof | None = None
    user: User | None = None
    wished: str = ""
    chosen: Chosen = NOTHING


async def caller_of(engine: Engine, identity: Identity, call: Call) -> Caller:
    """Who sent ``call``: a session's id goes before the credentials that come beside it.

    Raises ``OAuthError``: 432 for an unknown session, 403 for wrong credentials or a preference that is not available.
    """
    try:
        return await _caller(engine, identity, call)
    except OAuthError as error:
        if error.status != UNKNOWN_SESSION:
            engine.audit.note(
                AuditRow(
                    engine.clock(), engine.issuer.id, "unicore", error.error, address=call.address, request_id=call.id
                )
            )
        raise


async def _caller(engine: Engine, identity: Identity, call: Call) -> Caller:
    ids = call.header_lines(sessions.HEADER)
    if ids:
        seat = await sessions.find(engine, ids[0] if len(ids) == 1 else "")
    elif call.authorization is None:
        seat = sessions.begin_anonymous(engine)
    else:
        return await _new(engine, identity, call, call.authorization)
    if seat.proof is None:
        wished = preferences.read(call.header_lines(preferences.HEADER))
        return Caller(seat, wished=wished, chosen=preferences.choose(None, wished))
    return await _known(engine, call, seat, seat.proof)


async def _new(engine: Engine, identity: Identity, call: Call, authorization: str) -> Caller:
    proof = await credentials.read(engine, identity, authorization)
    user = await stand(engine, proof)
    wished = _wished(call, proof)
    chosen = preferences.choose(user, wished)
    return Caller(await sessions.begin(engine, proof), proof, user, wished, chosen)


async def _known(engine: Engine, call: Call, seat: Seat, proof: Proof) -> Caller:
    """In a session: where its credentials hold no longer it is over, and the client is to show others."""
    try:
        user = await stand(engine, proof)
    except OAuthError:
        found = await engine.authority.user(proof.user)
        if found is not None and found.active:
            raise no_session() from None
        raise
    wished = _wished(call, proof)
    return Caller(seat, proof, user, wished, preferences.choose(user, wished))


def _wished(call: Call, proof: Proof) -> str:
    """Frozen preferences stand, whatever the request says; else they are the request's own, and the session's never."""
    return proof.fixed or preferences.read(call.header_lines(preferences.HEADER))
