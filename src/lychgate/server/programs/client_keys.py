"""The keys by which clients sign their assertions (RFC 7523): shared secrets unsealed, public keys from JWK sets."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol, TypeVar

from lychgate.oauth import jose
from lychgate.server.clock import steady
from lychgate.server.fetcher import Fetcher
from lychgate.server.model import Client, ClientSecret
from lychgate.server.signing.master import Master

V = TypeVar("V")

KEPT = 5_000  # clients whose keys are in memory at once
FRESH = 600.0  # seconds for which a fetched set is good
AGAIN = 10.0  # seconds between two fetches for a key that the set did not hold


class Keyed(Protocol):
    """Who has public keys, or a URL where they are."""

    @property
    def jwks(self) -> str | None: ...
    @property
    def jwks_uri(self) -> str | None: ...


class ClientKeys:
    """Finds them."""

    def __init__(self, master: Master, fetcher: Fetcher) -> None:
        self._master, self._fetcher = master, fetcher
        self._shared: OrderedDict[str, jose.Key] = OrderedDict()
        self._sets: OrderedDict[str, list[jose.Key]] = OrderedDict()
        self._fetched: OrderedDict[str, tuple[float, list[jose.Key]]] = OrderedDict()

    def shared(self, client: Client, now: int) -> list[jose.Key]:
        """The client's secrets that have not ended at ``now`` (ms), as keys for HMAC."""
        live = [one for one in client.secrets if one.sealed and (one.not_after is None or now < one.not_after)]
        return [self._unsealed(client, one) for one in live]

    def _unsealed(self, client: Client, secret: ClientSecret) -> jose.Key:
        found = self._shared.get(secret.id)
        if found is None:
            text = self._master.unseal(secret.sealed or b"", purpose(client.id))
            found = _keep(self._shared, secret.id, jose.import_key(text))
        return found

    async def public(self, client: Keyed, kid: object) -> Sequence[jose.Key]:
        """The public keys of a client, or of an issuer that is trusted.

        Those at its ``jwks_uri`` are fetched again where ``kid`` is not among them.
        """
        if client.jwks:
            found = self._sets.get(client.jwks)
            if found is None:
                found = _keep(self._sets, client.jwks, read_set(client.jwks))
            return found
        return await self._from(client.jwks_uri, kid) if client.jwks_uri else ()

    async def _from(self, uri: str, kid: object) -> list[jose.Key]:
        at, known = self._fetched.get(uri, (float("-inf"), []))
        age = steady() - at
        missing = kid is not None and all(key.kid != kid for key in known)
        if age > FRESH or (missing and age > AGAIN):
            known = read_set(await self._fetcher.get(uri))
            _keep(self._fetched, uri, (steady(), known))
        return known


def purpose(client: str) -> str:
    """What a sealed client secret is sealed for."""
    return f"client secret {client}"


def read_set(text: str | bytes) -> list[jose.Key]:
    """The keys of a JWK set that may verify a client's assertions: public, asymmetric, and strong enough.

    Raises ``ValueError`` for what is no JWK set, or holds a key that must not be in one.
    """
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError("not a JWK set")
    found = jose.import_keys(parsed)
    for key in found:
        if key.key_type == "oct" or key.is_private:
            raise ValueError("a client's JWK set holds public keys only")
        if jose.is_weak(key):
            raise ValueError("an RSA key has 2048 bits at least")
    return found


def _keep(cache: OrderedDict[str, V], key: str, value: V) -> V:
    cache[key] = value
    if len(cache) > KEPT:
        cache.popitem(last=False)
    return value
