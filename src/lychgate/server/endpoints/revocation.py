"""Revocation (RFC 7009): of an access token or a refresh token, by the client that it was issued to.

A login is revoked whole: either of its tokens ends the other (no half revocation).
"""

from __future__ import annotations

from lychgate.oauth.access_token import NotAccepted
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer
from lychgate.server.model import AuditRow, Client
from lychgate.server.programs.authenticate import authenticate


async def revoke(engine: Engine, call: Call) -> Answer:
    """POST of ``token``; 200 whatever became of it, as RFC 7009 2.2 has it."""
    form = await call.form()
    client, _ = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
    token = form.get("token")
    if token is None:
        raise OAuthError("invalid_request", "token is missing")
    refresh = engine.refresh_tokens.read(token)
    if refresh is not None:
        await end_login(engine, call, client, refresh.family)
    else:
        await _end_token(engine, call, client, token)
    return json_answer({})


async def _end_token(engine: Engine, call: Call, client: Client, token: str) -> None:
    try:
        claims = await engine.tokens.read(token, engine.issuer)
    except NotAccepted:
        return
    if claims["client_id"] != client.id:
        return
    row = _row(engine, call, client, "revoke", jti=claims["jti"], family=claims.get("fam"))
    await engine.store.revoke_token(claims["jti"], claims["exp"] * 1000, [row])
    if claims.get("fam"):
        await engine.store.revoke_family(claims["fam"], engine.clock())
    await engine.catch_up()


async def end_login(engine: Engine, call: Call, client: Client, id: str) -> None:
    family = await engine.store.family(id)
    if family is None or (family.issuer, family.client) != (engine.issuer.id, client.id):
        return
    await engine.store.revoke_family(id, engine.clock(), [_row(engine, call, client, "revoke", family=id)])
    await engine.catch_up()


def _row(
    engine: Engine, call: Call, client: Client, event: str, jti: str | None = None, family: str | None = None
) -> AuditRow:
    return AuditRow(
        engine.clock(),
        engine.issuer.id,
        event,
        client=client.id,
        jti=jti,
        family=family,
        address=call.address,
        request_id=call.id,
    )
