"""The self-signed certificates that clients registered, made known to TLS: Python's refuses all that it does not know.

A context takes new ones while it is in use, so a client can come with its certificate as soon as the change feed has
told of it. What was taken back stays known to TLS until the next start, and proves nothing: what counts is what is
registered (``client_certificates``).
"""

from __future__ import annotations

import logging
import ssl

from lychgate.server.model import Change
from lychgate.server.programs.client_keys import read_set
from lychgate.server.stores.store import Store

from .client_certificates import SELF_SIGNED, certificates_of

MOST = 10_000  # certificates in memory

log = logging.getLogger("lychgate.server.tls")


class Vouched:
    """Keeps ``context`` up to date; for a subscription of the change feed."""

    def __init__(self, context: ssl.SSLContext, store: Store) -> None:
        self._context, self._store = context, store
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # else one hides another of the same name
        self._known: set[bytes] = set()

    async def load(self) -> None:
        """All that are registered."""
        for jwks in await self._store.key_sets(SELF_SIGNED, MOST):
            self._take(jwks)

    async def changed(self, change: Change) -> None:
        if change.kind != "client":
            return
        issuer, _, id = change.id.partition("/")
        client = await self._store.client(issuer, id)
        if client is not None and client.jwks and SELF_SIGNED in client.methods:
            self._take(client.jwks)

    def _take(self, jwks: str) -> None:
        try:
            found = set(certificates_of(read_set(jwks))) - self._known
            for der in list(found)[: MOST - len(self._known)]:
                self._known.add(der)
                self._context.load_verify_locations(cadata=der)
        except (ssl.SSLError, ValueError):
            log.warning("a certificate that a client registered cannot be used for TLS")
