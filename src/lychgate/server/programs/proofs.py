"""Basic credentials that were right a moment ago (RFC 6749 2.3.1): known again by their digest, nothing is read twice.

What is kept is a SHA-256 of a header that holds 256 random bits, as good as the digest in the database, and for which
client object it was right. A change of the client or its secrets drops that object from the authority's cache, and
with it every proof of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from lychgate.server.authority import Authority
from lychgate.server.model import Client, Issuer
from lychgate.server.secrets import matching

SIZE = 20_000  # headers remembered at once
_CREDENTIALS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})


class Proofs:
    """Remembers which Authorization header proves which client, and until when (ms; None: no end is set)."""

    __slots__ = ("_authority", "_clock", "_known")

    def __init__(self, authority: Authority, clock: Callable[[], int]) -> None:
        self._authority, self._clock = authority, clock
        self._known: dict[tuple[str, bytes], tuple[Client, int | None]] = {}

    def client(self, issuer: Issuer, authorization: str | None, fields: Mapping[str, str]) -> Client | None:
        """The client that the header proves; None where it must be looked at anew, or the form names a client too."""
        if authorization is None or not _CREDENTIALS.isdisjoint(fields):
            return None
        found = self._known.get(_key(issuer, authorization))
        if found is None:
            return None
        client, until = found
        if self._authority.peek_client(issuer.id, client.id) is not client:
            return None
        return client if until is None or self._clock() < until else None

    def keep(self, issuer: Issuer, authorization: str, client: Client, secret: str) -> None:
        """Remember that the header has just proved to be ``client``, by ``secret``."""
        which = matching(secret, client.secrets, self._clock())
        if which is None:
            return
        if len(self._known) >= SIZE:
            self._known.clear()
        self._known[_key(issuer, authorization)] = client, which.not_after


def _key(issuer: Issuer, authorization: str) -> tuple[str, bytes]:
    return issuer.id, hashlib.sha256(authorization.encode("latin-1")).digest()
