"""A token that is bound to a key, on its way to an API (RFC 9449 7 to 9): the proof, and what a refusal teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lychgate.kernel.challenge import parse_challenges
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.oauth import dpop

from .token import Token

if TYPE_CHECKING:
    from lychgate.issuer.proof import ProofKey

LESSONS = 2  # of the nonce, and of the clock
OLD = 5.0  # seconds by which a proof that was refused may have been wrong about the time
_UNTIMELY = frozenset({"invalid_dpop_proof", "invalid_token"})


def proved(request: Request, token: Token, key: ProofKey, now: float) -> Request:
    """``request`` with ``token`` and a new proof for it; ``now`` is our own epoch time."""
    from lychgate.issuer import clock, proof

    return proof.carrying(request, token.access.reveal(), key, now + clock.offset(origin_of(request.url)))


def heard(response: Response) -> None:
    """Keep the nonce that an answer gives for the next proof (8.2)."""
    if response.url and dpop.NONCE in response.headers:
        from lychgate.issuer import proof

        proof.APIS.learn(response)


def wants_nonce(response: Response) -> bool:
    """Whether a refusal is about the nonce alone, which no new token would mend."""
    return "use_dpop_nonce" in _errors(response)


def learnt(sent: Request, response: Response, now: float) -> bool:
    """Whether a 401 to ``sent`` tells how to make a better proof: another nonce (9), or the time."""
    from lychgate.issuer import clock, proof
    from lychgate.oauth import jose

    if not response.url:
        return False
    try:
        _, said = jose.peek(sent.headers.get(dpop.HEADER, ""), frozenset({"jwk"}))
    except jose.BadJwt:
        return False
    offset, origin, errors = clock.learn(response, now), origin_of(response.url), _errors(response)
    proof.APIS.learn(response)
    if "use_dpop_nonce" in errors and proof.APIS.of(origin) not in ("", said.get("nonce")):
        return True
    return bool(errors & _UNTIMELY) and abs(now + offset - float(said.get("iat", 0))) > OLD


def _errors(response: Response) -> set[str]:
    found = parse_challenges(response.headers.all("WWW-Authenticate"))
    return {challenge.params.get("error", "") for challenge in found}
