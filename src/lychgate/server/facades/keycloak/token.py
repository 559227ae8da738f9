"""The token endpoint of a realm: the engine's, with the fields and claims that Keycloak's clients read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lychgate.oauth.error import OAuthError
from lychgate.server.bound.possession import next_nonce
from lychgate.server.endpoints.token import reply as plain
from lychgate.server.exchange import Answer, json_answer
from lychgate.server.issue import Issued, Manner, issue, refused
from lychgate.server.issuers.realms import ALG
from lychgate.server.programs.authenticate import authenticate

from .claims import dress, identify

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Call
    from lychgate.server.model import Client, Family, Issuer

TYP = "JWT"


async def token(engine: Engine, call: Call) -> Answer:
    """POST of a form; answers a token or an error of RFC 6749 5.2."""
    form, client = None, None
    try:
        form = await call.form()
        client, method = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
        manner = manner_of(engine.issuer, client)
        issued = await issue(engine, call, engine.issuer, client, method != "none", form, manner)
    except OAuthError as error:
        refused(engine, call, engine.issuer, form, client.id if client else None, error)
        raise
    engine.meter.token(form["grant_type"], "ok")
    return json_answer(reply(issued, client, engine.clock()), headers=next_nonce(engine, call))


def manner_of(issuer: Issuer, client: Client) -> Manner:
    alg = client.alg or str(issuer.settings.get("alg", ALG))
    return Manner(
        "", issuer.audiences, issuer.roles, alg, scopes=issuer.scopes, typ=TYP, dress=dress, identify=identify
    )


def reply(issued: Issued, client: Client, now: int) -> dict[str, object]:
    """RFC 6749 5.1, and Keycloak's fields; ``now`` in ms."""
    family = issued.family
    more: dict[str, object] = {
        "refresh_expires_in": _left(family, now) if family and issued.refresh_token else 0,
        "not-before-policy": client.not_before // 1000,
        "scope": " ".join(issued.scope),
    }
    return plain(issued) | more | ({"session_state": family.sid} if family else {})


def _left(family: Family, now: int) -> int:
    """Seconds for which the refresh token can be used."""
    return max(0, (min(family.expires_at, now + 1000 * family.idle) - now) // 1000)
