"""How far the tokens may reach: scope (RFC 6749 3.3) and resource (RFC 8707 2)."""

from __future__ import annotations

from lychgate.oauth import scope as scopes
from lychgate.server import policy

from .check import Asking


async def scope_is_allowed(asking: Asking) -> None:
    asked = scopes.parse(asking.params.get("scope", ""))
    standard = tuple(one for one in asked if one in policy.STANDARD_SCOPES)
    own = tuple(one for one in asked if one not in policy.STANDARD_SCOPES)
    granted = scopes.narrow(own, asking.client.scopes) if own or not standard else ()
    chosen = {*standard, *granted}
    asking.scope = tuple(one for one in (*asked, *granted) if one in chosen)
    asking.scope = tuple(dict.fromkeys(asking.scope))


async def resource_is_allowed(asking: Asking) -> None:
    asked = asking.params.many.get("resource", ())
    asking.audience = policy.audience(asking.client, asking.issuer.url, asked)
