"""How far the tokens may reach: scope (RFC 6749 3.3) and resource (RFC 8707 2)."""

from __future__ import annotations

from lychgate.oauth import scope as scopes
from lychgate.server import policy

from .check import Asking


async def scope_is_allowed(asking: Asking) -> None:
    asking.scope = policy.login_scope(scopes.parse(asking.params.get("scope", "")), asking.client, asking.issuer.scopes)


async def resource_is_allowed(asking: Asking) -> None:
    asked = asking.params.many.get("resource", ())
    asking.audience = policy.audience(asking.client, asking.issuer.url, asked, asking.issuer.audiences)
