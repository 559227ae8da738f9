"""What a person lets programs know of themselves, and how an operator writes it (OpenID Connect Core 5.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lychgate.oauth import claims as messages
from lychgate.server.model import User
from lychgate.server.programs.registration import refused

OWN = frozenset({"email", "email_verified", "preferred_username", "updated_at"})  # not an operator's to write
FLAGS = frozenset({"phone_number_verified"})
ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
NAMES = tuple(name for name in messages.of_scopes(messages.BY_SCOPE) if name not in OWN)
LONGEST = 1_000  # characters of one value
WITHOUT_OPENID = ("email", "email_verified", "name", "preferred_username")  # told of any user's token


def of(user: User, names: Iterable[str]) -> dict[str, Any]:
    """Those of ``names`` that are known of ``user``."""
    known = {"name": user.name, "email": user.email, "email_verified": user.verified}
    known |= user.claims | {"preferred_username": user.name}
    return {name: known[name] for name in names if name in known}


def edited(claims: Mapping[str, Any], changes: Iterable[str], now: int) -> dict[str, Any]:
    """``claims`` with each NAME=VALUE of ``changes`` set (no value: taken away); ``address.locality=`` is a part.

    ``now`` in ms. Raises ``OAuthError`` for a name that is none, or a value that does not fit.
    """
    made = dict(claims)
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise refused("a claim is written NAME=VALUE (an empty VALUE takes it away)")
        whole, _, part = name.partition(".")
        made[whole] = _value(whole, part, value, made.get(whole))
    return {name: value for name, value in made.items() if value not in ("", {})} | {"updated_at": now // 1000}


def _value(name: str, part: str, value: str, before: Any) -> Any:
    if name not in NAMES or (part and (name != "address" or part not in ADDRESS)):
        raise refused(f"no claim that can be set here; choose from {', '.join(NAMES)}, address.{', .'.join(ADDRESS)}")
    if len(value) > LONGEST or "\0" in value:
        raise refused(f"a claim has at most {LONGEST} characters")
    if part:
        whole = {**(before or {}), part: value}
        return {name: one for name, one in whole.items() if one}
    if name == "address" and value:
        return _address(value)
    if name in FLAGS and value:
        if value not in ("true", "false"):
            raise refused(f"{name} is true or false")
        return value == "true"
    return value


def _address(text: str) -> dict[str, str]:
    """As JSON (5.1.1), or else as the one text that is printed on an envelope."""
    if not text.startswith("{"):
        return {"formatted": text}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(name in ADDRESS and isinstance(found[name], str) for name in found):
        raise refused(f"address is a JSON object of texts: {', '.join(ADDRESS)}")
    return found
