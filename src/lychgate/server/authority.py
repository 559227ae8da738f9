"""Who is who, from memory: clients and users by a bounded cache, and the tokens and logins that were revoked.

The change feed drops what changed, on every worker within a second. A cache whose last good read is over a second old
is read again before it answers; while the database is away it answers for ``max_stale`` more, then not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .lru import Cache
from .model import Change, Client, Issuer, User
from .people.subjects import PLAIN, Subjects
from .policy import is_live, made_at
from .stores.store import Store

CLIENTS = 20_000  # in memory at once, some 2 kB each at most
USERS = 20_000
MARGIN = 120_000  # ms that a revocation is remembered beyond the longest life of a token


class Authority:
    """Answers about clients, users and revocations of all issuers."""

    def __init__(self, store: Store, clock: Callable[[], int], longest: int, subjects: Subjects) -> None:
        """``longest`` is the longest life of an access token in ms."""
        self._subjects = subjects
        self._store, self._clock, self._longest = store, clock, longest + MARGIN
        self._clients: Cache[tuple[str, str], Client] = Cache(CLIENTS, self._load_client)
        self._users: Cache[str, User] = Cache(USERS, store.user)
        self._tokens: dict[str, int] = {}
        self._families: dict[str, int] = {}
        self.issuers: dict[str, Issuer] = {}

    async def _load_client(self, key: tuple[str, str]) -> Client | None:
        return await self._store.client(*key)

    async def refresh(self) -> None:
        """Read everything anew: at the start, and where changes may have been missed."""
        now = self._clock()
        self._clients.clear()
        self._users.clear()
        self.issuers = {issuer.id: issuer for issuer in await self._store.issuers()}
        self._tokens = dict(await self._store.revoked_tokens(now))
        self._families = {id: at + self._longest for id, at in await self._store.revoked_families(now - self._longest)}

    def peek_client(self, issuer: str, id: str) -> Client | None:
        """The client if it is in memory, without waiting."""
        return self._clients.peek((issuer, id))

    async def client(self, issuer: str, id: str) -> Client | None:
        return await self._clients.get((issuer, id))

    async def user(self, id: str) -> User | None:
        return self._users.peek(id) or await self._users.get(id)

    async def owner(self, client: Client) -> User | None:
        """The client's owner as a user, None where it has none or the owner is gone."""
        return None if client.owner is None else await self.user(client.owner)

    async def is_live(self, issuer: str, claims: Mapping[str, Any]) -> bool:
        """Whether a token of ours, verified already, was not revoked and its client and user still stand."""
        if claims["jti"] in self._tokens or claims.get("fam") in self._families:
            return False
        client = self.peek_client(issuer, claims["client_id"]) or await self.client(issuer, claims["client_id"])
        user_id = self.acts_for(issuer, claims)
        if user_id is None:
            return is_live(made_at(claims), client, None)
        user = self._users.peek(user_id) or await self.user(user_id)
        return user is not None and is_live(made_at(claims), client, user)

    def acts_for(self, issuer: str, claims: Mapping[str, Any]) -> str | None:
        """The id of the user that a verified token of ``issuer`` acts for, None for a client without an owner."""
        name = claims.get("user_id")
        if name is None or len(name) <= PLAIN:
            return name if isinstance(name, str) else None
        return self._subjects.user_of(issuer, name) or name  # whom nobody knows is no client without an owner

    async def changed(self, change: Change) -> None:
        """Take a row of the change feed: forget, or remember, what it names."""
        if change.kind == "client":
            issuer, _, id = change.id.partition("/")
            self._clients.drop((issuer, id))
        elif change.kind == "user":
            self._users.drop(change.id)
        elif change.kind == "family":
            self.family_revoked(change.id)
        elif change.kind == "jti":
            self._tokens[change.id] = self._clock() + self._longest
        elif change.kind == "issuer":
            self.issuers = {issuer.id: issuer for issuer in await self._store.issuers()}
            if change.id not in self.issuers:
                self._clients.clear()  # its clients went with it

    def family_revoked(self, id: str) -> None:
        """Know at once what this worker revoked itself."""
        self._families[id] = self._clock() + self._longest

    def tidy(self) -> None:
        """Forget what has expired by itself."""
        now = self._clock()
        self._tokens = {jti: until for jti, until in self._tokens.items() if until > now}
        self._families = {id: until for id, until in self._families.items() if until > now}

    def sizes(self) -> dict[str, int]:
        return {
            "clients": len(self._clients),
            "users": len(self._users),
            "tokens": len(self._tokens),
            "families": len(self._families),
        }
