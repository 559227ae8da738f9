"""What Keycloak's access tokens and ID tokens say, made of what ours say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lychgate.oauth import id_token
from lychgate.oauth.access_token import KEYCLOAK_TYP
from lychgate.server.people.accounts import SERVICE_ACCOUNT

if TYPE_CHECKING:
    from lychgate.server.mint import Order
    from lychgate.server.model import User

ACR = "1"  # what Keycloak says of every login that proved something
NAMES = ("name", "given_name", "family_name")


def dress(order: Order, claims: dict[str, Any]) -> dict[str, Any]:
    """Keycloak's claims beside our own. A role ``CLIENT:ROLE`` of the token's own client is a role at that resource."""
    id = order.client.id
    roles = claims.get("roles", order.roles)
    made = claims | {
        "typ": KEYCLOAK_TYP,
        "acr": ACR,
        "azp": id,
        "realm_access": {"roles": [role for role in roles if not role.startswith(f"{id}:")]},
        "resource_access": _resource_access(id, roles),
        "scope": claims.get("scope", ""),
    }
    user = order.user
    if user is None or order.subject != order.known_as:
        return made | {"preferred_username": SERVICE_ACCOUNT + order.subject, "email_verified": False}
    if order.login is not None:
        made |= {"sid": order.login.sid, "auth_time": order.login.auth_time // 1000}
    return made | _person(order, user)


def identify(order: Order, claims: dict[str, Any]) -> dict[str, Any]:
    """Keycloak's ID token: what it is, for whom, and who the person is."""
    assert order.user is not None
    return _person(order, order.user) | claims | {"typ": id_token.KEYCLOAK_TYP, "azp": order.client.id}


def _person(order: Order, user: User) -> dict[str, Any]:
    made: dict[str, Any] = {"preferred_username": user.name}
    if "profile" in order.scope:
        made |= {"name": user.name} | {name: user.claims[name] for name in NAMES if name in user.claims}
    if "email" in order.scope:
        made |= {"email": user.email, "email_verified": user.verified}
    return made


def _resource_access(id: str, roles: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    own = [role.removeprefix(f"{id}:") for role in roles if role.startswith(f"{id}:")]
    return {id: {"roles": own}} if own else {}
