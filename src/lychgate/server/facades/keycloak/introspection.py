"""Introspection at a realm: everything that the token says, and who that is in Keycloak's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lychgate.oauth.introspection import token_type
from lychgate.server.endpoints import introspection as engines

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Answer, Call


async def introspect(engine: Engine, call: Call) -> Answer:
    return await engines.introspect(engine, call, active)


def active(claims: Mapping[str, Any]) -> dict[str, Any]:
    name = claims.get("preferred_username", "")
    return {**claims, "active": True, "token_type": token_type(claims), "username": name}
