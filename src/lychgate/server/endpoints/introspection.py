"""Introspection (RFC 7662): whether a token is alive, told only to its own client and to those whom it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json

from lychgate.oauth import introspection as messages
from lychgate.oauth import scope as scopes
from lychgate.oauth.access_token import NotAccepted
from lychgate.oauth.error import OAuthError
from lychgate.server import policy
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, raw_json
from lychgate.server.model import Client, Family
from lychgate.server.programs.authenticate import authenticate

_INACTIVE = to_json(messages.INACTIVE)


Said = Callable[[Mapping[str, Any]], dict[str, Any]]


async def introspect(engine: Engine, call: Call, said: Said = messages.active) -> Answer:
    """POST of ``token``; an unknown, dead or foreign one is ``{"active":false}`` and nothing else.

    ``said`` is what is answered of the claims of a live access token.
    """
    form = await call.form()
    client, method = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
    if method == "none":
        raise OAuthError("invalid_client", "introspection needs client authentication")
    token = form.get("token")
    if token is None:
        raise OAuthError("invalid_request", "token is missing")
    refresh = engine.refresh_tokens.read(token)
    if refresh is not None:
        return await _refresh(engine, client, refresh.family, refresh.seq)
    try:
        claims = await engine.tokens.read(token, engine.issuer)
    except NotAccepted:
        return raw_json(_INACTIVE)
    return raw_json(to_json(said(claims)) if policy.is_for(client, claims) else _INACTIVE)


async def _refresh(engine: Engine, client: Client, id: str, seq: int) -> Answer:
    family = await engine.store.family(id)
    if family is None or family.client != client.id or family.issuer != engine.issuer.id or seq != family.seq:
        return raw_json(_INACTIVE)
    return raw_json(await _login(engine, client, family))


async def _login(engine: Engine, client: Client, family: Family) -> bytes:
    now = engine.clock()
    ends = min(family.expires_at, family.rotated_at + 1000 * family.idle)
    try:
        policy.may_have_tokens(client, await engine.authority.user(family.user), family)
    except OAuthError:
        return _INACTIVE
    if family.revoked_at is not None or ends <= now:
        return _INACTIVE
    shown = {
        "iss": engine.issuer.url,
        "sub": engine.subjects.of(client, family.user),
        "client_id": family.client,
        "exp": ends // 1000,
        "iat": family.rotated_at // 1000,
        "scope": scopes.join(family.scope),
    }
    return to_json(messages.active(shown, "refresh_token"))
