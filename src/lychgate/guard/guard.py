"""The guard: protects an API of one's own."""

from __future__ import annotations

import time
from collections.abc import Iterable

from lychgate.issuer.discovery import discover
from lychgate.issuer.jwks import IssuerKeys
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.http import require_secure
from lychgate.oauth import access_token
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.stores import open_store

from .asgi import App, GuardedApp
from .principal import Principal
from .refusal import insufficient_scope, no_credential
from .verifier import Verifier, bearer_of


class Guard:
    """Accepts access tokens of ``issuer`` for ``audience`` and nothing else.

    ``audience`` is this API's own identifier (one or several), as the tokens' ``aud`` names it (RFC 9068 3). ``types``
    are the accepted ``typ`` values; ``leeway`` in seconds. The issuer's keys are fetched at the first call.
    Raises ``ConfigError`` without an audience: a token for any other API would do.
    """

    def __init__(
        self,
        issuer: str,
        audience: str | Iterable[str],
        *,
        scope: str = "",
        types: Iterable[str] = access_token.TYPES,
        leeway: float = 10.0,
        allow_insecure: bool = False,
    ) -> None:
        accepted = frozenset([audience] if isinstance(audience, str) else audience)
        if not accepted or "" in accepted:
            raise ConfigError("a guard needs an audience: the identifier of this API in its tokens", field="audience")
        require_secure(issuer, "the fetch of the issuer's keys", allow_insecure)
        keys = IssuerKeys(issuer, lambda: discover(issuer, allow_insecure=allow_insecure), allow_insecure)
        self._verifier = Verifier(keys, accepted, leeway, frozenset(t.lower() for t in types))
        self._needed = frozenset(scope.split())
        self._world = Performer(open_store("memory"), person("never"))

    def verify(self, token: str) -> Principal:
        """The principal of an access token, blocking. Raises ``Refusal``."""
        return self._world.run(self._flow(token))

    async def averify(self, token: str) -> Principal:
        """The principal of an access token, awaiting. Raises ``Refusal``."""
        return await self._world.arun(self._flow(token))

    async def admit(self, authorizations: list[str]) -> Principal:
        """The caller of a request with these ``Authorization`` fields. Raises ``Refusal``."""
        token = bearer_of(authorizations)
        if token is None:
            raise no_credential()
        principal = await self.averify(token)
        lacking = self._needed - principal.scopes
        if lacking:
            raise insufficient_scope(" ".join(sorted(self._needed)))
        return principal

    def asgi(self, app: App) -> GuardedApp:
        """``app`` with everything in it protected."""
        return GuardedApp(app, self.admit)

    def _flow(self, token: str) -> Flow[Principal]:
        known = self._verifier.seen(token, time.time())
        return self._verifier.verify(token) if known is None else done(known)
