"""An issuer's keys as seen from outside (RFC 7517, RFC 8414 2 ``jwks_uri``): fetched when needed, bounded in every way.

Fetched anew after ``FRESH`` seconds, or when a token names a ``kid`` that is not there, though never twice within
``GAP`` seconds whatever ``kid`` strangers make up. With the issuer away, our keys serve for ``STALE`` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.kernel.errors import LychgateError, TransientError
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.http import Headers, Request, require_secure
from lychgate.kernel.steps import Now, Send
from lychgate.oauth import jose

FRESH, GAP, STALE = 300.0, 10.0, 3600.0
LONGEST = 256 * 1024  # bytes of a JWK set that is read

Metadata = Callable[[], Flow[Mapping[str, Any]]]


@dataclass(slots=True, eq=False)
class IssuerKeys:
    """The keys of ``issuer``; ``metadata`` brings its metadata document."""

    issuer: str
    metadata: Metadata
    allow_insecure: bool = False
    version: int = 0  # moves when the keys change: whoever remembers a verdict forgets it then
    _keys: list[jose.Key] = field(default_factory=list)
    _fetched_at: float = float("-inf")
    _tried_at: float = float("-inf")

    def known(self, kid: str | None, now: float) -> list[jose.Key] | None:
        """The keys, where no fetch is due: they are fresh and hold ``kid``. Never waits."""
        fresh = now - self._fetched_at < FRESH
        return self._keys if fresh and (kid is None or self._holds(kid)) else None

    def find(self, kid: str | None) -> Flow[list[jose.Key]]:
        """The keys that may have signed a token with this ``kid``; none where it is unknown to the issuer too.

        Raises ``TransientError`` where the issuer is away and what we have is too old.
        """
        now = yield from Now()
        if self._due(kid, now):
            yield from Once(f"jwks {self.issuer}", lambda: self._refresh(kid))
        return self._keys

    def _due(self, kid: str | None, now: float) -> bool:
        if now - self._tried_at < GAP:
            return False
        return now - self._fetched_at >= FRESH or (kid is not None and not self._holds(kid))

    def _holds(self, kid: str) -> bool:
        return any(key.kid == kid for key in self._keys)

    def _refresh(self, kid: str | None) -> Flow[None]:
        now = yield from Now()
        if not self._due(kid, now):  # somebody else has fetched while we waited
            return
        self._tried_at = now
        try:
            self._adopt((yield from self._fetch()), now)
        except LychgateError as error:
            if now - self._fetched_at >= STALE:
                self._tried_at = float("-inf")
                raise TransientError(f"the keys of {self.issuer} cannot be fetched: {error}") from error

    def _adopt(self, keys: list[jose.Key], now: float) -> None:
        if [key.thumbprint() for key in keys] != [key.thumbprint() for key in self._keys]:
            self.version += 1
        self._keys, self._fetched_at = keys, now

    def _fetch(self) -> Flow[list[jose.Key]]:
        document = yield from self.metadata()
        uri = document.get("jwks_uri")
        if not isinstance(uri, str):
            raise TransientError(f"the metadata of {self.issuer} names no jwks_uri")
        require_secure(uri, "the fetch of the issuer's keys", self.allow_insecure)
        response = yield from Send(Request("GET", uri, Headers({"Accept": "application/json"})), timeout=10)
        if response.status != 200 or len(response.body) > LONGEST:
            raise TransientError(f"{uri} answered {response.status} with {len(response.body)} bytes")
        try:
            return jose.import_keys(response.json())
        except ValueError as error:
            raise TransientError(f"{uri} answered no JWK set: {error}") from None
