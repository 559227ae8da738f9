"""What the client would like to know, and how surely (OpenID Connect Core 3.1.2.1, 5.5): claims, acr_values, a hint."""

from __future__ import annotations

from typing import Any

from lychgate.oauth import claims as messages
from lychgate.oauth.error import OAuthError
from lychgate.server.signing.hint import read_hint

from .check import Asking

LOGIN_KNOWS = ("acr", "amr", "auth_time", "sub")  # claims of the login, which no scope stands for


async def claims_are_understood(asking: Asking) -> None:
    text = asking.params.get("claims")
    if text is not None:
        asking.claims = messages.read(text)
    names = [name for place in asking.claims.values() for name in place if name not in LOGIN_KNOWS]
    asking.powers = tuple(dict.fromkeys((*asking.scope, *messages.scopes_of(names))))


async def acr_is_read(asking: Asking) -> None:
    """The ``acr`` that would do, best first; one that is essential must be had (5.5.1.1)."""
    wanted: dict[str, Any] = asking.claims.get("id_token", {}).get("acr", {})
    named = tuple(one for one in messages.values(wanted) if isinstance(one, str))
    registered = asking.client.extra.get("default_acr_values", ())
    asking.acr = named or tuple(asking.params.get("acr_values", "").split()) or tuple(registered)
    asking.acr_essential = wanted.get("essential") is True and bool(named)


async def subject_is_read(asking: Asking) -> None:
    """Who it must be: by ``id_token_hint``, or by the claim ``sub`` with a value."""
    hint = asking.params.get("id_token_hint")
    named = [] if hint is None else [await _hinted(asking, hint)]
    for place in asking.claims.values():
        named += messages.values(place.get("sub", {}))
    if len(set(map(str, named))) > 1:
        raise OAuthError("invalid_request", "id_token_hint and the claim sub name different people")
    asking.subject = str(named[0]) if named else None


async def _hinted(asking: Asking, hint: str) -> str:
    claims = await read_hint(asking.engine, hint)
    if claims["aud"] != asking.client.id:
        raise OAuthError("invalid_request", "id_token_hint: it was made for another client")
    return str(claims["sub"])
