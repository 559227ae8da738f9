"""Request objects (RFC 9101, OpenID Connect Core 6): the parameters in a JWT that the client signed.

What is signed wins over what stands beside it. Only a key that the client registered signs, and never ``none``; an
object by reference is not fetched: whoever wants it short pushes it (RFC 9126).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from lychgate.oauth import jose
from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import REPEATABLE, Form
from lychgate.server.fetcher import NotFetched
from lychgate.server.model import Client
from lychgate.server.programs import fapi

from . import redirect
from .check import Asking

TYPES = (None, "JWT", "jwt", "oauth-authz-req+jwt")
LONGEST = 3600  # seconds that an object may still live
LEEWAY = 30
ABOUT = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti", "sub"})  # of the object itself


async def is_read(asking: Asking) -> None:
    """Put what the client signed in the place of what the browser brought."""
    if "request" not in asking.params:
        return
    try:
        found = await _verified(asking, asking.params["request"])
        asking.params = _merged(asking, found)
        asking.signed = True
    except OAuthError:
        with contextlib.suppress(OAuthError):  # the client hears of it where its redirect URI stands beside
            await redirect.is_registered(asking)
        raise


async def is_there_where_needed(asking: Asking) -> None:
    needed = asking.client.extra.get("require_signed_request_object") is True
    if needed and not asking.signed and asking.pushed_at is None:
        raise OAuthError("invalid_request", "this client has registered that it signs its requests (RFC 9101 10.5)")


async def _verified(asking: Asking, token: str) -> Mapping[str, Any]:
    client = asking.client
    registered = client.extra.get("request_object_signing_alg")
    try:
        header, _ = jose.peek(token)
        if str(header.get("alg")).lower() == "none":
            raise OAuthError("request_not_supported", "a request object must be signed")
        keys = await asking.engine.client_keys.public(client, header.get("kid"))
        header, claims = jose.verify(token, keys, _algs(client, registered))
    except (ValueError, NotFetched) as error:
        why = str(error) if isinstance(error, (jose.BadJwt, NotFetched)) else "the client's keys cannot be read"
        raise _bad(why) from None
    _check(asking, header, claims)
    return claims


def _algs(client: Client, registered: str | None) -> list[str]:
    return [alg for alg in fapi.accepted(client) or jose.ASYMMETRIC if registered in (None, alg)]


def _check(asking: Asking, header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    id, now = asking.client.id, asking.engine.clock() / 1000
    aud = claims.get("aud")
    if header.get("typ") not in TYPES:
        raise _bad("its typ is oauth-authz-req+jwt, or JWT")
    if claims.get("iss") != id or claims.get("client_id", id) != id or claims.get("sub") == id:
        raise _bad("iss and client_id are the client's id, and sub is not (RFC 9101 10.8)")
    if asking.issuer.url not in (aud if isinstance(aud, list) else [aud]):
        raise _bad("aud is this issuer")
    if not all(_is_time(claims[name]) for name in ("exp", "iat", "nbf") if name in claims) or "exp" not in claims:
        raise _bad("exp is missing, or a time is no number")
    if not now - LEEWAY < claims["exp"] <= now + LONGEST + LEEWAY or claims.get("nbf", 0) > now + LEEWAY:
        raise _bad(f"it has expired, is not valid yet, or lives longer than {LONGEST} seconds")
    if "request" in claims or "request_uri" in claims:
        raise _bad("it holds another one (RFC 9101 4)")


def _merged(asking: Asking, claims: Mapping[str, Any]) -> Form:
    """What is signed, and beside it what is not contradicted; nothing beside it where the client always signs."""
    alone = asking.client.extra.get("require_signed_request_object") is True
    signed = {name: value for name, value in claims.items() if name not in ABOUT}
    many = {name: _texts(signed[name]) for name in REPEATABLE if name in signed}
    fields = {name: many[name][-1] if name in many else _text(value) for name, value in signed.items()}
    if alone:
        return Form(fields | {"client_id": asking.client.id}, many)
    beside = {name: value for name, value in asking.params.items() if name != "request"}
    return Form(beside | fields, {**asking.params.many, **many})


def _text(value: Any) -> str:
    """A member as the parameter that it stands for: a number, or an object such as ``claims``, as JSON."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (bool, list)):
        raise _bad("a parameter in it is null, a list, true or false")
    return json.dumps(value)


def _texts(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(one, str) and one for one in found):
        raise _bad("resource is a text, or a list of them")
    return tuple(found)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _bad(why: str) -> OAuthError:
    return OAuthError("invalid_request_object", f"request: {why}")
