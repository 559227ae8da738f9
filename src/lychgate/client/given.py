"""Whatever a user gives as a credential, as an authenticator."""

from __future__ import annotations

from typing import Any

from .authenticators import AUTHENTICATORS
from .authenticators.authenticator import Authenticator


def authenticator(what: Any) -> Authenticator:
    """An authenticator as it is, a source as one that renews. Raises ``TypeError`` for anything else."""
    if isinstance(what, Authenticator):
        return what
    if hasattr(what, "obtain") and hasattr(what, "cache_key") and not isinstance(what, type):
        renewing: Authenticator = AUTHENTICATORS.find("renewing")(what)
        return renewing
    given = what.__name__ if isinstance(what, type) else type(what).__name__
    raise TypeError(
        f"lychgate.auth takes an authenticator (lychgate.Bearer(...)), a source (lychgate.ClientCredentials(...)) "
        f"or a profile's name, not {given}"
    )
