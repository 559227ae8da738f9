"""Claims of people (OpenID Connect Core 5.1, 5.4), and the ``claims`` parameter that asks for single ones (5.5)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .error import OAuthError

BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": tuple(
        """name family_name given_name middle_name nickname preferred_username profile picture website gender
        birthdate zoneinfo locale updated_at""".split()
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
PLACES = ("userinfo", "id_token")  # where claims can be asked for
LONGEST = 8_192  # characters of the parameter
MOST = 100  # claims that one request names

Asked = dict[str, dict[str, dict[str, Any]]]


def of_scopes(scopes: Iterable[str]) -> list[str]:
    """The claims that userinfo tells for ``scopes`` (5.4)."""
    return [name for scope in scopes for name in BY_SCOPE.get(scope, ())]


def scopes_of(names: Iterable[str]) -> tuple[str, ...]:
    """The scopes that would tell ``names``: whom a person allows a claim, they allow what it belongs to."""
    wanted = set(names)
    return tuple(scope for scope, told in BY_SCOPE.items() if not wanted.isdisjoint(told))


def read(text: str) -> Asked:
    """What a ``claims`` parameter asks for, by place and name; ``{}`` stands for null (5.5.1).

    Members that are not understood are passed over. Raises ``OAuthError`` invalid_request for what is none.
    """
    try:
        found = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise OAuthError("invalid_request", f"claims is a JSON object of at most {LONGEST} characters")
    return {place: _members(place, found[place]) for place in PLACES if found.get(place) is not None}


def _members(place: str, found: object) -> dict[str, dict[str, Any]]:
    if not isinstance(found, dict) or len(found) > MOST:
        raise OAuthError("invalid_request", f"claims: {place} is an object of at most {MOST} members")
    if not all(one is None or isinstance(one, dict) for one in found.values()):
        raise OAuthError("invalid_request", f"claims: each member of {place} is null or an object")
    return {name: one or {} for name, one in found.items()}


def values(wanted: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of which a claim is to have one (5.5.1), empty where any will do."""
    if "value" in wanted:
        return (wanted["value"],)
    several = wanted.get("values")
    return tuple(several) if isinstance(several, list) else ()
