"""Signing keys: published before they sign, kept after they stop, the private part sealed (RFC 7517).

Each issuer has keys of its own. A key for an algorithm that has none is made when it is first wanted.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from lychgate.oauth import jose
from lychgate.oauth.access_token import TYP

from .clock import steady
from .model import SigningKey
from .signing.master import Master
from .signing.signer import Reader, Signer, head_of
from .stores.store import Store

RECHECK = 1.0  # seconds between two looks into the database for a key that is not known here


def new_key(master: Master, issuer: str, alg: str, now: int, signs_from: int) -> SigningKey:
    """A new key, published at ``now`` and signing from ``signs_from`` (ms). Slow for RS256: call it in a thread."""
    made = jose.generate(alg)
    kid = made.thumbprint()
    public = made.as_dict(private=False) | {"kid": kid, "use": "sig", "alg": alg}
    sealed = master.seal(json.dumps(made.as_dict(private=True)).encode(), f"signing key {kid}")
    return SigningKey(kid, issuer, alg, public, sealed, now, signs_from)


class Keys:
    """The signing keys of all issuers, read again when the change feed says so."""

    def __init__(self, store: Store, master: Master, clock: Callable[[], int]) -> None:
        self._store, self._master, self._clock = store, master, clock
        self._kept: list[SigningKey] = []
        self._signers: dict[str, Signer] = {}
        self._public: dict[str, jose.Key] = {}
        self._heads: dict[tuple[str, str], SigningKey] = {}
        self._readers: dict[str, Reader] = {}
        self._documents: dict[str, tuple[int, bytes]] = {}
        self._choice: dict[tuple[str, str], tuple[int, Signer]] = {}
        self._making: dict[tuple[str, str], asyncio.Task[Signer]] = {}
        self._looked = 0.0

    async def refresh(self) -> None:
        """Read the keys again."""
        self._looked = steady()
        self._kept = await self._store.keys()
        self._heads = {(key.issuer, head_of(key.kid, key.alg, TYP)): key for key in self._kept}
        self._documents.clear()
        self._choice.clear()

    def pick(self, issuer: str, alg: str) -> Signer | Awaitable[Signer]:
        """The key that signs now; a thing to await where one must be made first."""
        now = self._clock()
        chosen = self._choice.get((issuer, alg))
        if chosen is not None and now < chosen[0]:
            return chosen[1]
        return self._choose(issuer, alg, now) or self._make(issuer, alg)

    def _choose(self, issuer: str, alg: str, now: int) -> Signer | None:
        ours = [key for key in self._kept if (key.issuer, key.alg) == (issuer, alg)]
        signing = [key for key in ours if key.signs_from <= now and (key.signs_until is None or now < key.signs_until)]
        if not signing:
            return None
        best = max(signing, key=lambda key: (key.signs_from, key.kid))
        later = [key.signs_from for key in ours if key.signs_from > now]
        until = min([*later, best.signs_until or now + 3_600_000])
        signer = self._signers.get(best.kid) or self._open(best)
        self._choice[issuer, alg] = until, signer
        return signer

    def _open(self, key: SigningKey) -> Signer:
        private = jose.import_key(json.loads(self._master.unseal(key.sealed, f"signing key {key.kid}")))
        signer = Signer(key.kid, key.alg, private.get_op_key("sign"), TYP)
        self._signers[key.kid] = signer
        return signer

    async def _make(self, issuer: str, alg: str) -> Signer:
        """Make the first key of its kind, once for all who ask meanwhile."""
        task = self._making.get((issuer, alg))
        if task is None:
            task = self._making[issuer, alg] = asyncio.create_task(self._add(issuer, alg))
            task.add_done_callback(lambda _: self._making.pop((issuer, alg), None))
        return await asyncio.shield(task)

    async def _add(self, issuer: str, alg: str) -> Signer:
        await self.refresh()  # another worker may have made it
        found = self._choose(issuer, alg, self._clock())
        if found is not None:
            return found
        now = self._clock()
        loop = asyncio.get_running_loop()
        key = await loop.run_in_executor(None, partial(new_key, self._master, issuer, alg, now, now))
        await self._store.add_key(key)
        await self.refresh()
        return self._choose(issuer, alg, self._clock()) or self._open(key)

    def document(self, issuer: str) -> bytes:
        """The JWK set (RFC 7517 5) of an issuer, as bytes of JSON."""
        now = self._clock()
        until, made = self._documents.get(issuer, (0, b""))
        if now < until:
            return made
        ours = [key for key in self._kept if key.issuer == issuer]
        shown = [key for key in ours if _published(key, now)]
        edges = [edge for key in ours for edge in (key.published_at, key.removed_at) if edge is not None and edge > now]
        made = json.dumps({"keys": [key.public for key in shown]}).encode()
        self._documents[issuer] = min([*edges, now + 3_600_000]), made
        return made

    def reader(self, issuer: str, token: str) -> Reader | None:
        """What reads ``token``, where its header is one that we write and the key is published now."""
        key = self._heads.get((issuer, token[: token.find(".") + 1]))
        if key is None or not _published(key, self._clock()):
            return None
        return self._readers.get(key.kid) or self._reader(key)

    def _reader(self, key: SigningKey) -> Reader:
        public = jose.import_key(key.public).get_op_key("verify")
        made = self._readers[key.kid] = Reader(key.kid, key.alg, public, TYP)
        return made

    def next_removal(self, now: int) -> float:
        """When, after ``now``, the next key stops being published (ms; infinity: none is known to)."""
        return min((key.removed_at for key in self._kept if key.removed_at and key.removed_at > now), default=math.inf)

    async def verifying(self, issuer: str, kid: Any) -> jose.Key | None:
        """The public key of ours with this id, if it is published now."""
        if not isinstance(kid, str):
            return None
        found = self._published(issuer, kid)
        if found is None and steady() - self._looked > RECHECK:
            await self.refresh()  # made by another worker a moment ago
            found = self._published(issuer, kid)
        return found

    def _published(self, issuer: str, kid: str) -> jose.Key | None:
        now = self._clock()
        for key in self._kept:
            if key.kid == kid and key.issuer == issuer and _published(key, now):
                return self._public.get(kid) or self._public.setdefault(kid, jose.import_key(key.public))
        return None


def _published(key: SigningKey, now: int) -> bool:
    return key.published_at <= now and (key.removed_at is None or now < key.removed_at)
