"""The choice of login, group and role inside OAuth: scopes ``unicore:uid=ada``, and the claims that they become.

A scope, since each grant, each client library, the consent page and a refresh carry scopes already. It may be asked
for by any client that acts for a person (no registration names other people's logins), and never reaches further than
what the person may choose (``choices``): it is asked anew for each token that is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lychgate.oauth.error import OAuthError
from lychgate.server.model import User

from .choices import KINDS, NotAvailable, Wish, choices_of

PREFIX = "unicore:"
_CLAIMS = {"uid": "uid", "group": "group", "role": "role", "supplementary": "supplementary_groups"}


def is_choice(scope: str) -> bool:
    """Whether ``scope`` is of the form ``unicore:KIND=VALUE``; supplementary groups stand as ``x+y``."""
    if not scope.startswith(PREFIX):
        return False
    kind, sign, value = scope.removeprefix(PREFIX).partition("=")
    return kind in KINDS and bool(sign and value)


def chosen_claims(scope: Iterable[str], user: User | None, error: str = "invalid_scope") -> dict[str, Any]:
    """The claims ``uid``, ``group``, ``role`` and ``supplementary_groups`` that ``scope`` asks for; no others.

    Raises ``OAuthError`` with the code ``error`` for what ``user`` may not choose, and without a user.
    """
    asked = [one.removeprefix(PREFIX).partition("=") for one in scope if is_choice(one)]
    if not asked:
        return {}
    wished = {kind: value for kind, _, value in asked}
    if user is None or len(wished) != len(asked):
        raise OAuthError(error, "unicore: one choice of each kind, and only for somebody who has it")
    names = wished.get("supplementary")
    wish = Wish(wished.get("uid"), wished.get("group"), wished.get("role"), tuple(names.split("+")) if names else None)
    try:
        chosen = choices_of(user).pick(wish)
    except NotAvailable as refusal:
        raise OAuthError(error, str(refusal)) from None
    found = {_CLAIMS[kind]: getattr(chosen, kind) for kind in wished}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
