"""The key to which the code is to be bound (RFC 9449 10): whoever redeems it proves that they hold it."""

from __future__ import annotations

from lychgate.oauth import bound
from lychgate.oauth.error import OAuthError

from .check import Asking


async def key_is_a_thumbprint(asking: Asking) -> None:
    jkt = asking.params.get("dpop_jkt")
    if jkt is not None and not bound.is_thumbprint(jkt):
        raise OAuthError("invalid_request", "dpop_jkt is the SHA-256 thumbprint of a key (RFC 7638)")
    asking.jkt = jkt
