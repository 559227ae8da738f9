"""Reading our own access tokens: verified once, then known again by their digest while they live."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from lychgate.oauth import access_token, jose
from lychgate.oauth.access_token import NotAccepted
from lychgate.server.authority import Authority
from lychgate.server.keys import Keys
from lychgate.server.model import Issuer

KNOWN = 5_000  # tokens remembered at once
BELOW_A_REALM = frozenset({"jwt"})  # what Keycloak's tokens say in their header


class Tokens:
    """Says what a token of ours holds, if it is still good."""

    def __init__(self, keys: Keys, authority: Authority, clock: Callable[[], int]) -> None:
        self._keys, self._authority, self._clock = keys, authority, clock
        self._known: OrderedDict[tuple[str, bytes], dict[str, Any]] = OrderedDict()
        self._known_until = 0.0  # ms: then a key is removed, and its tokens are no longer good

    async def read(self, token: str, issuer: Issuer, audience: str | None = None) -> dict[str, Any]:
        """The claims of a live access token of ``issuer``; ``audience``, if given, must be among its ``aud``.

        Raises ``NotAccepted`` for a token that is not ours, not an access token, expired or revoked.
        """
        claims = await self.verified(token, issuer)
        if audience is not None and audience not in claims["aud"]:
            raise NotAccepted("it is for another audience")
        if not await self._authority.is_live(issuer.id, claims):
            raise NotAccepted("it has been revoked")
        return claims

    async def verified(self, token: str, issuer: Issuer) -> dict[str, Any]:
        """As ``read``, without asking whether it was revoked."""
        if self._clock() >= self._known_until:
            self.forget()
        now = self._clock() / 1000
        key = issuer.url, hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        found = self._known.get(key)
        if found is None:
            found = await self._verify(token, issuer, now)
            self._known[key] = found
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
        elif found["exp"] <= now:
            del self._known[key]
            raise NotAccepted("it has expired")
        return found

    async def _verify(self, token: str, issuer: Issuer, now: float) -> dict[str, Any]:
        reader = self._keys.reader(issuer.id, token)
        try:
            if reader is not None:
                header, claims = reader.header, await reader.read(token)
            else:
                header, claims = await self._unusual(token, issuer)
        except jose.BadJwt as error:
            raise NotAccepted(str(error)) from None
        types, typ = (BELOW_A_REALM, access_token.KEYCLOAK_TYP) if issuer.realm else (access_token.TYPES, None)
        access_token.require(header, claims, issuer=issuer.url, audience=(), now=now, types=types, payload_typ=typ)
        return claims

    async def _unusual(self, token: str, issuer: Issuer) -> tuple[dict[str, Any], dict[str, Any]]:
        """A token whose header is not written as we write it, or by a key that this worker has not heard of yet."""
        header, _ = jose.peek(token)
        key = await self._keys.verifying(issuer.id, header.get("kid"))
        if key is None:
            raise NotAccepted("it was not signed by a key of this issuer")
        return jose.verify(token, [key], [str(key.get("alg"))])

    def forget(self) -> None:
        """Verify all anew: the keys have changed."""
        self._known.clear()
        self._known_until = self._keys.next_removal(self._clock())
