"""When, and for whom, a JWT is good that somebody else has made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lychgate.oauth import access_token

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

    from .identity import Identity

LEEWAY = 30  # seconds that two clocks may differ


def require_times(
    engine: Engine, identity: Identity, claims: Mapping[str, Any], now: int, longest: int | None = None
) -> None:
    """Check ``exp``, ``nbf`` and ``iat``, and ``aud`` where there is one: it must name this server. ``now`` in ms.

    ``longest`` is how many seconds ahead its end may be. Raises ``NotAccepted``.
    """
    named = claims.get("aud", identity.dn)
    audiences = [named] if isinstance(named, str) else named
    ours = [one for one in audiences if identity.is_named(one)] if isinstance(audiences, list) else []
    whole = {**claims, "aud": audiences}
    access_token.require_claims(
        whole, issuer=claims["iss"], audience=(engine.issuer.url, *ours), now=now / 1000, leeway=LEEWAY
    )
    if longest is not None and claims["exp"] > now / 1000 + longest + LEEWAY:
        raise access_token.NotAccepted("it ends too late")
