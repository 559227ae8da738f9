"""ID tokens: who logged in, when and how (OpenID Connect Core 2), signed by RS256 unless the client asks otherwise."""

from __future__ import annotations

from typing import Any

from lychgate.oauth import id_token as messages
from lychgate.server.engine import Engine
from lychgate.server.mint import Minted, Order
from lychgate.server.model import Client, Family
from lychgate.server.people import told
from lychgate.server.people.acr import acr_of
from lychgate.server.programs import fapi

from .signer import Signer

ALG = "RS256"  # OpenID Connect Core 15.1: what every client can read
TYP = "JWT"


def alg_of(client: Client) -> str:
    """What its ID tokens are signed with."""
    return fapi.alg(client, str(client.extra.get("id_token_signed_response_alg", ALG)))


async def id_token(engine: Engine, order: Order, family: Family, minted: Minted) -> str:
    """The ID token that goes with ``minted``; it lives as long."""
    assert order.user is not None
    alg = alg_of(order.client)
    signer = engine.keys.pick(order.issuer.id, alg)
    if not isinstance(signer, Signer):
        signer = await signer
    claims = messages.claims(
        issuer=order.issuer.url,
        subject=order.subject,
        client_id=order.client.id,
        now=minted.issued_at,
        lifetime=order.lifetime,
        auth_time=family.auth_time // 1000,
        nonce=family.extra.get("nonce"),
        at_hash=messages.half_hash(minted.text, alg),
        sid=family.session,
        acr=acr_of(family.extra.get("amr", ())),
        amr=family.extra.get("amr"),
        **told.of(order.user, family.extra.get("claims", {}).get("id_token", ())),
    )
    return await signer.sign(dressed(order, claims), TYP)


def dressed(order: Order, claims: dict[str, Any]) -> dict[str, Any]:
    """``claims`` as the order's facade says them."""
    return claims if order.identify is None else order.identify(order, claims)
