"""What the sender of a request has proved to hold: a key, by a DPoP proof (RFC 9449), or a certificate, by TLS
(RFC 8705). What tokens are bound to, and what a bound token asks for."""

from __future__ import annotations

from lychgate.oauth import bound, dpop
from lychgate.oauth.bound import Binding
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Call
from lychgate.server.model import Client
from lychgate.server.programs import fapi
from lychgate.server.programs.fapi import CERTIFICATE_BOUND, KEY_BOUND

DPOP = b"dpop"  # the header field, in lower case


async def of_client(engine: Engine, call: Call, client: Client) -> Binding:
    """What the tokens that ``client`` asks for are bound to.

    Raises ``OAuthError`` for a proof that is not right, and where the client has registered that there is one.
    """
    jkt = (await proof(engine, call, algs=fapi.accepted(client))).jkt if DPOP in call.headers else None
    if jkt is None and client.extra.get(KEY_BOUND) is True:
        raise OAuthError("invalid_dpop_proof", f"this client has registered {KEY_BOUND}: send a DPoP proof (RFC 9449)")
    return Binding(jkt, _certificate(call, client))


def _certificate(call: Call, client: Client) -> str | None:
    if client.extra.get(CERTIFICATE_BOUND) is not True:
        return None
    if call.certificate is None:
        raise OAuthError("invalid_request", f"this client has registered {CERTIFICATE_BOUND}: it needs a certificate")
    return bound.certificate_thumbprint(call.certificate)


async def proof(engine: Engine, call: Call, access_token: str = "", algs: tuple[str, ...] = ()) -> dpop.Proof:
    """The request's DPoP proof, which counts once on all nodes; ``algs`` are what it may be signed with, if limited.

    Raises ``OAuthError`` invalid_dpop_proof, or use_dpop_nonce with the nonce that the next one must have.
    """
    now = engine.clock()
    wanted = engine.config.dpop_nonce
    try:
        found = dpop.verify(
            call.header(DPOP) or "",
            method=call.method,
            url=engine.urls_of(call.path),
            now=now / 1000,
            access_token=access_token,
            algs=algs,
            nonce=(lambda nonce: engine.nonces.is_good(nonce, now / 1000)) if wanted else None,
        )
    except dpop.NonceWanted as error:
        wished = {dpop.NONCE: engine.nonces.current(now / 1000)}
        raise OAuthError("use_dpop_nonce", str(error), headers=wished) from None
    except dpop.BadProof as error:
        raise OAuthError("invalid_dpop_proof", str(error)) from None
    if not await engine.store.spend_jti(engine.issuer.id, f"dpop {found.jkt}", found.jti, int(found.ends * 1000)):
        raise OAuthError("invalid_dpop_proof", "the proof was used before (jti)")
    return found


async def require(engine: Engine, call: Call, token: str, binding: Binding, by_dpop: bool) -> None:
    """Let ``token`` through, which is bound to ``binding``, where its sender holds what it is bound to (RFC 9449 7,
    RFC 8705 3); ``by_dpop``: it came under the scheme DPoP. Raises ``OAuthError``."""
    if by_dpop != (binding.jkt is not None):
        must = "it is bound to a key: send it under the scheme DPoP, with a proof"
        raise OAuthError(
            "invalid_token", "it is not bound to a key: send it under the scheme Bearer" if by_dpop else must
        )
    jkt = (await proof(engine, call, token)).jkt if by_dpop else None
    x5t = bound.certificate_thumbprint(call.certificate) if binding.x5t and call.certificate else None
    if not binding.fits(Binding(jkt, x5t)):
        raise OAuthError("invalid_token", "it is bound to another key or certificate")


def next_nonce(engine: Engine, call: Call) -> dict[str, str] | None:
    """The header that gives whoever sent a proof its next nonce (RFC 9449 8.2), where proofs must have one."""
    if DPOP not in call.headers or not engine.config.dpop_nonce:
        return None
    return {dpop.NONCE: engine.nonces.current(engine.clock() / 1000)}
