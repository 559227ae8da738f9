"""The running engine: what the endpoints, the facades and the operators' commands work with."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import LOOPBACK_NAMES, origin_of
from lychgate.oauth.dpop_nonce import Nonces
from lychgate.oauth.error import OAuthError

from . import clock as clocks
from .audit import Audit
from .authority import Authority
from .bound.client_certificates import ClientCertificates
from .config import Config
from .feed import Feed
from .fetcher import Fetcher
from .issuers.dialect import Dialect
from .keys import Keys
from .model import Change, Issuer
from .people.passwords import Passwords
from .people.subjects import Subjects
from .programs.client_keys import ClientKeys
from .programs.proofs import Proofs
from .running import folder
from .running.meter import Meter
from .sessions.back_channel import BackChannel
from .signing.master import Master
from .signing.refresh_token import RefreshTokens
from .signing.tokens import Tokens
from .stores import open_store
from .stores.store import Store, StoreUnavailable

MAIN = "main"  # the id of the issuer that is not a realm
FRESH = 1.0  # seconds: a cache whose last good read is older reads before it answers
TIDY = 60.0  # seconds between two clearings of what has expired
CHECK = "master key"

log = logging.getLogger("lychgate.server")


class Engine:
    """All parts of a server, put together; ``issuer`` is the main one, or a view's own. Times of ``clock`` are ms."""

    def __init__(
        self, config: Config, store: Store, master: Master, issuer: Issuer, clock: Callable[[], int] = clocks.now
    ) -> None:
        self.config, self.store, self.master, self.issuer, self.clock = config, store, master, issuer, clock
        self.keys = Keys(store, master, clock)
        self.subjects = Subjects(master)
        self.authority = Authority(store, clock, 1000 * config.longest_lifetime, self.subjects)
        self.tokens = Tokens(self.keys, self.authority, clock)
        self.refresh_tokens = RefreshTokens(master)
        self.nonces = Nonces(master.derive("dpop nonce"))
        self.certificates = ClientCertificates(config.tls_client_ca)
        self.fetcher = Fetcher(config.fetch_allow)
        self.client_keys = ClientKeys(master, self.fetcher)
        self.proofs = Proofs(self.authority, clock)
        self.passwords = Passwords()
        self.audit = Audit(store, clock, issuer.id)
        self.back_channel = BackChannel(store, self.keys, self.authority, self.subjects, self.fetcher, clock)
        self.feed = Feed(store)
        self.feed.subscribe(self._changed, self.load)
        self.meter = Meter()
        self.token_paths: list[str] = []
        self.dialect: Dialect | None = None
        self._audiences: dict[str, tuple[str, ...]] = {}
        self._tidying: asyncio.Task[None] | None = None

    def at(self, issuer: Issuer, dialect: Dialect | None = None) -> Engine:
        """This engine as ``issuer`` sees it (a realm): its own addresses and formats, everything else shared."""
        view = copy.copy(self)
        view.issuer, view.dialect = issuer, dialect
        view.token_paths = list(dialect.token_paths) if dialect else self.token_paths
        return view

    def named(self, path: str) -> str:
        """The URL of a path of ours, below the issuer and by the name that it has there."""
        return self.issuer.url.rstrip("/") + (self.dialect.names.get(path, path) if self.dialect else path)

    def urls_of(self, path: str) -> list[str]:
        """By which URLs a whole path of ours may have been asked for."""
        return [origin_of(alias) + path for alias in aliases(self.issuer.url)]

    @property
    def base(self) -> str:
        """The issuer's path, below which everything is: empty or ``/auth`` (no trailing slash)."""
        return urlsplit(self.issuer.url).path.rstrip("/")

    async def load(self) -> None:
        """Read keys and revocations anew, and forget the rest: at the start, and where changes were missed."""
        self.tokens.forget()
        await self.keys.refresh()
        await self.authority.refresh()

    async def start(self) -> None:
        """Load, then follow the change feed and write the audit log behind."""
        await self.feed.start()
        await self.load()
        self.audit.start()
        self.back_channel.start()
        self._tidying = asyncio.create_task(self._tidy())

    async def stop(self) -> None:
        """Drain what is buffered and close the store."""
        if self._tidying is not None:
            self._tidying.cancel()
        await self.feed.stop()
        await self.back_channel.stop()
        await self.audit.stop()
        self.passwords.close()
        await self.store.close()

    async def settle(self) -> None:
        """Finish what was left for later, where no task of ours goes on: an operator's command, at its end."""
        await self.back_channel.settle()
        if self.audit.waiting():
            self.audit.start()
            await self.audit.stop()

    async def _changed(self, change: Change) -> None:
        """A row of the change feed (or one that this worker wrote itself)."""
        await self.authority.changed(change)
        if change.kind == "key":
            await self.keys.refresh()
            self.tokens.forget()

    async def catch_up(self) -> None:
        """Read the change feed before answering. Raises ``OAuthError`` (503) when it could not be for too long."""
        if not self.feed.failing:  # else it is being tried already, and a database that hangs must not hold us up
            with contextlib.suppress(StoreUnavailable):
                await self.feed.refresh()
                return
        self.meter.events["stale"] += 1
        if self.feed.age() > self.config.max_stale:
            raise unavailable()

    def stale(self) -> bool:
        """Whether the change feed must be read before anything is answered from a cache."""
        return self.feed.age() > FRESH

    def assertion_audiences(self, issuer: Issuer) -> tuple[str, ...]:
        """What a client's assertion may name as ``aud``: the issuer, or one of its token URLs (RFC 7523 3)."""
        found = self._audiences.get(issuer.url)
        if found is None:
            urls = [issuer.url, *(alias + path for alias in aliases(issuer.url) for path in self.token_paths)]
            found = self._audiences[issuer.url] = tuple(urls)
        return found

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY)
            self.authority.tidy()
            try:
                await self.store.tidy(self.clock())
            except StoreUnavailable as error:
                log.warning("nothing was tidied: %s", error)


def aliases(issuer: str) -> list[str]:
    """The issuer's URL without a slash at its end; for one on this machine alone under each loopback name."""
    parts = urlsplit(issuer)
    stem = issuer.rstrip("/")
    if parts.hostname not in LOOPBACK_NAMES:
        return [stem]
    port = f":{parts.port}" if parts.port is not None else ""
    path = parts.path.rstrip("/")
    return [stem, *(f"{parts.scheme}://{host}{port}{path}" for host in ("127.0.0.1", "localhost", "[::1]"))]


def unavailable() -> OAuthError:
    """The database is away: nothing was changed or used up."""
    return OAuthError(
        "temporarily_unavailable", "the server cannot reach its database; try again soon", headers={"Retry-After": "2"}
    )


async def open_engine(config: Config, port: int | None = None) -> Engine:
    """An engine on a database that is ready (see ``prepare``); ``port`` is the one that is listened on.

    Raises ``ConfigError`` where the master key is not the one that the database knows.
    """
    master, _ = folder.load_master(config.data, config.master_key_file, make=False)
    store = open_store(config.database_url)
    await store.open()
    try:
        kept = await store.setting(CHECK)
        if kept is None or not master.fits(kept):
            raise ConfigError("the master key is not the one that this database was made with: put the right file back")
        issuer = next((one for one in await store.issuers() if one.id == MAIN), None)
        return Engine(config, store, master, issuer or Issuer(MAIN, config.issuer_url(port or config.port)))
    except BaseException:
        await store.close()
        raise
