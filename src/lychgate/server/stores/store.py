"""The interface of a store. It speaks domain verbs, and its promise is atomicity.

Every verb is one transaction. A verb that changes what caches know writes its row of the change feed in the same
transaction, and its ``audit`` rows too. A verb that could not be carried out raises, and then nothing was changed:
``StoreUnavailable`` where the database is away or cannot write (the caller answers 503 and consumes nothing),
``Taken`` where a unique name is in use, ``Missing`` where the row to change is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lychgate.kernel.errors import LychgateError
from lychgate.server.model import (
    AuditRow,
    Change,
    Client,
    ClientSecret,
    Family,
    Issuer,
    Rotation,
    SigningKey,
    Slowed,
    User,
)

from .listing_store import ListingStore
from .login_store import LoginStore
from .notice_store import NoticeStore
from .realm_store import RealmStore
from .trust_store import TrustStore
from .unicore_store import UnicoreStore


class StoreUnavailable(LychgateError):
    """The database cannot be reached, read or written now; nothing was changed."""


class Taken(LychgateError):
    """A name that must be unique is in use; ``field`` names which."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class Missing(LychgateError):
    """There is no such row."""


class LastAdministrator(LychgateError):
    """The change would leave nobody who is active and may administer."""


class Occupied(LychgateError):
    """What is to be removed is in use still."""


Audit = Sequence[AuditRow]


class Store(LoginStore, ListingStore, NoticeStore, RealmStore, TrustStore, UnicoreStore, Protocol):
    """What the engine asks of a database."""

    # life
    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def ping(self) -> None: ...

    # settings of the database itself: the master key's check value, the schema's mark
    async def setting(self, name: str) -> bytes | None: ...
    async def put_setting(self, name: str, value: bytes) -> bytes:
        """Keep ``value`` unless there is one already; answers what is kept now."""
        ...

    # issuers
    async def issuers(self) -> list[Issuer]: ...
    async def ensure_issuer(self, issuer: Issuer) -> Issuer:
        """The issuer with this id, made if missing; its url is brought up to date."""
        ...

    # users
    async def add_user(self, user: User, audit: Audit = ()) -> User: ...
    async def user(self, id: str) -> User | None: ...
    async def user_by_login(self, folded: str) -> User | None:
        """The user whose e-mail or name, folded (``secrets.fold``), is this."""
        ...

    async def users(self, search: str = "", after: str = "", limit: int = 100) -> list[User]: ...
    async def edit_user(self, id: str, changes: Mapping[str, Any], audit: Audit = ()) -> User:
        """Set fields of ``User`` by name. Raises ``LastAdministrator`` rather than leave no active superuser."""
        ...

    async def remove_user(self, id: str, audit: Audit = ()) -> None:
        """Remove a user, their families and the clients they own. Raises ``LastAdministrator`` as ``edit_user``."""
        ...

    # failed logins, counted for a folded login name whether or not it exists
    async def slowed(self, folded: str) -> Slowed: ...
    async def login_failed(self, folded: str, now: int, audit: Audit = ()) -> Slowed:
        """Count a failure: after ``policy.FREE_FAILURES`` within the window the name is blocked, doubling each time."""
        ...

    async def login_succeeded(self, folded: str) -> None: ...

    # clients
    async def add_client(self, client: Client, audit: Audit = ()) -> Client: ...
    async def client(self, issuer: str, id: str) -> Client | None: ...
    async def clients(
        self, issuer: str | None = None, owner: str | None = None, search: str = "", after: str = "", limit: int = 100
    ) -> list[Client]: ...
    async def key_sets(self, method: str, limit: int) -> list[str]:
        """The JWK sets of at most ``limit`` clients that authenticate by ``method``; not those at an address."""
        ...

    async def edit_client(self, issuer: str, id: str, changes: Mapping[str, Any], audit: Audit = ()) -> Client: ...
    async def remove_client(self, issuer: str, id: str, audit: Audit = ()) -> None: ...
    async def rotate_secret(
        self, issuer: str, id: str, secret: ClientSecret, old_not_after: int, audit: Audit = ()
    ) -> Client:
        """Add ``secret``; the ones before it end at ``old_not_after`` unless they end sooner; ended ones go."""
        ...

    async def touch_clients(self, used: Mapping[tuple[str, str], int]) -> None:
        """Note when clients, keyed (issuer, id), were last used; no row in the change feed."""
        ...

    # families: one row a login
    async def add_family(self, family: Family, audit: Audit = ()) -> None: ...
    async def family(self, id: str) -> Family | None: ...
    async def families(self, user: str | None = None, client: tuple[str, str] | None = None) -> list[Family]: ...
    async def rotate(
        self,
        id: str,
        seq: int,
        client: tuple[str, str],
        now: int,
        grace: int,
        bound: str | None = None,
        audit: Audit = (),
    ) -> Rotation:
        """Take refresh token number ``seq`` of a family; ``grace`` in ms. ``audit`` is written if "rotated"."""
        ...

    async def revoke_family(self, id: str, now: int, audit: Audit = (), tell: bool = False) -> bool:
        """End a login. ``tell``: where it came of a browser's session, its client hears (``NoticeStore``)."""
        ...

    async def revoked_families(self, since: int) -> list[tuple[str, int]]:
        """(id, revoked_at) of what was revoked at or after ``since``."""
        ...

    # single tokens
    async def spend_jti(self, issuer: str, client: str, jti: str, expires_at: int) -> bool:
        """True for exactly one caller on all nodes; False for every other."""
        ...

    async def revoke_token(self, jti: str, expires_at: int, audit: Audit = ()) -> None: ...
    async def revoked_tokens(self, now: int) -> list[tuple[str, int]]:
        """(jti, expires_at) of the revoked tokens that have not expired by themselves."""
        ...

    # keys
    async def keys(self, issuer: str | None = None) -> list[SigningKey]: ...
    async def add_key(self, key: SigningKey, audit: Audit = ()) -> None: ...
    async def rotate_key(self, key: SigningKey, keep: int, audit: Audit = ()) -> None:
        """Add ``key``; the keys of its issuer and algorithm that sign without end stop when it starts, and are removed
        ``keep`` milliseconds after that."""
        ...

    # the change feed
    async def last_change(self) -> int:
        """The number of the newest row of the feed, 0 while there is none."""
        ...

    async def first_change(self) -> int:
        """The number of the oldest row that is still kept, 0 while there is none."""
        ...

    async def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """The next rows after number ``after``, in order. Numbers may be left out, but none comes late."""
        ...

    async def wait_for_change(self, seconds: float) -> None:
        """Return after ``seconds``, or sooner when the feed may have moved. For one waiter at a time."""
        ...

    # audit
    async def write_audit(self, rows: Audit) -> None: ...
    async def audit(
        self, *, after: int = 0, since: int = 0, client: str = "", user: str = "", event: str = "", limit: int = 100
    ) -> list[AuditRow]:
        """Rows in order of id, newest last: the newest ``limit`` rows, or the next after id ``after`` if given."""
        ...

    # tidying: expired jti, ended secrets, old families, the feed's tail
    async def tidy(self, now: int) -> None: ...
