"""An issuer's keys as seen from outside (RFC 7517, RFC 8414 2 ``jwks_uri``): fetched when needed, bounded in every way.

Fetched anew after ``FRESH`` seconds, or when a token names a ``kid`` that is not there, though never twice within
``GAP`` seconds whatever ``kid`` strangers make up, and for one and the same ``kid`` not within ``ABSENT`` seconds. With
the issuer away, the keys that we have serve for ``STALE`` seconds; a clock that jumps makes them due.
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
ABSENT, _ABSENTEES = 60.0, 256  # seconds that an unknown kid is remembered, and how many of them
_PAUSE = 1.0  # seconds after a failure in which nobody asks again, where there are no keys to go on with
LONGEST = 256 * 1024  # bytes of a JWK set that is read

Metadata = Callable[[], Flow[Mapping[str, Any]]]


@dataclass(slots=True, eq=False)
class IssuerKeys:
    """The keys of ``issuer``; ``metadata`` brings its metadata document. ``stale`` in seconds."""

    issuer: str
    metadata: Metadata
    allow_insecure: bool = False
    stale: float = STALE
    version: int = 0  # moves when the keys change: whoever remembers a verdict forgets it then
    _keys: list[jose.Key] = field(default_factory=list)
    _fetched_at: float = float("-inf")
    _tried_at: float = float("-inf")
    _fetching: bool = False
    _failure: str = ""
    _absent: dict[str, float] = field(default_factory=dict)

    def known(self, kid: str | None, now: float) -> list[jose.Key] | None:
        """The keys, where no fetch is due: they are fresh and hold ``kid``. Never waits."""
        fresh = _within(self._fetched_at, now, FRESH)
        return self._keys if fresh and (kid is None or self._holds(kid)) else None

    def find(self, kid: str | None) -> Flow[list[jose.Key]]:
        """The keys that may have signed a token with this ``kid``; none where it is unknown to the issuer too.

        Raises ``TransientError`` where the issuer is away and what we have is too old.
        """
        now = yield from Now()
        if self._due(kid, now) or (self._fetching and not self._serves(kid, now)):
            yield from Once(f"jwks {self.issuer}", lambda: self._refresh(kid))
            now = yield from Now()
        if not _within(self._fetched_at, now, self.stale):
            raise TransientError(self._failure or f"the keys of {self.issuer} cannot be fetched")
        return self._keys

    def _serves(self, kid: str | None, now: float) -> bool:
        """Whether one can go on with the keys that are here, though they be old."""
        return _within(self._fetched_at, now, self.stale) and (kid is None or self._holds(kid))

    def _due(self, kid: str | None, now: float) -> bool:
        if _within(self._tried_at, now, GAP):
            return False
        if not _within(self._fetched_at, now, FRESH):
            return True
        return kid is not None and not self._holds(kid) and not _within(self._absent.get(kid), now, ABSENT)

    def _holds(self, kid: str) -> bool:
        return any(key.kid == kid for key in self._keys)

    def _refresh(self, kid: str | None) -> Flow[None]:
        now = yield from Now()
        if not self._due(kid, now):  # somebody else has fetched while we waited
            return
        self._tried_at, self._fetching = now, True
        try:
            self._adopt((yield from self._fetch()), now, kid)
        except LychgateError as error:
            self._failure, now = f"the keys of {self.issuer} cannot be fetched: {error}", (yield from Now())
            self._tried_at = now  # however long the issuer has kept us waiting
            if not _within(self._fetched_at, now, self.stale):
                self._tried_at = now - GAP + _PAUSE
                raise TransientError(self._failure) from error
        finally:
            self._fetching = False

    def _adopt(self, keys: list[jose.Key], now: float, kid: str | None) -> None:
        if [key.thumbprint() for key in keys] != [key.thumbprint() for key in self._keys]:
            self.version += 1
            self._absent.clear()
        self._keys, self._fetched_at = keys, now
        if kid is not None and not self._holds(kid):
            while len(self._absent) >= _ABSENTEES:
                self._absent.pop(next(iter(self._absent)), None)
            self._absent[kid] = now

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
        except (ValueError, AttributeError) as error:
            raise TransientError(f"{uri} answered no JWK set: {error}") from None


def _within(since: float | None, now: float, seconds: float) -> bool:
    """Whether ``since`` was at most so long ago; no where it lies ahead, for then the clock has jumped."""
    return since is not None and 0 <= now - since < seconds
