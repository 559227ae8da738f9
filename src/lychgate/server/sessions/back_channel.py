"""Telling clients that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.5), behind everybody's back.

Nobody waits for it: what is to be told is in the database from the transaction that ended the session until the client
has heard or is given up, so that no restart loses it. Each notice is taken by one worker of one node at a time, and by
another where that one dies with it. A client that cannot be reached is tried again for some hours, ever more slowly;
the audit log says what became of each.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from lychgate.kernel.errors import LychgateError
from lychgate.oauth import logout_token as messages
from lychgate.oauth.logout_metadata import URI
from lychgate.server.authority import Authority
from lychgate.server.fetcher import Fetcher, NotFetched
from lychgate.server.keys import Keys
from lychgate.server.model import AuditRow, Client
from lychgate.server.people.subjects import Subjects
from lychgate.server.secrets import new_id
from lychgate.server.signing.signer import Signer

from .notice import Notice

if TYPE_CHECKING:
    from lychgate.server.stores.store import Store

ALG = "RS256"  # as ID tokens are signed where the client does not ask otherwise
LIFETIME = 120  # seconds that a logout token lives (2.4: at most two minutes)
PAUSES = (2, 15, 60, 300, 1_800, 7_200, 21_600)  # seconds after each try but the last: some eight hours in all
FORM = "application/x-www-form-urlencoded"
AT_ONCE = 8  # clients that a worker tells at the same time
LOOK = 1.0  # seconds between two looks for what other workers, nodes and commands left to be told
LEASE = 15_000  # ms that a notice is ours alone: a try takes five seconds at most
STOP = 5.0  # seconds for which a server that stops goes on telling

log = logging.getLogger("lychgate.server.sessions.back_channel")


class BackChannel:
    """Tells them."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        authority: Authority,
        subjects: Subjects,
        fetcher: Fetcher,
        clock: Callable[[], int],
    ) -> None:
        self._store, self._keys, self._authority, self._subjects = store, keys, authority, subjects
        self._fetcher, self._clock = fetcher, clock
        self._woken = asyncio.Event()
        self._telling: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There may be something to tell at once: a session has just been ended here."""
        self._woken.set()

    def start(self) -> None:
        self._following = asyncio.create_task(self._follow(), name="lychgate-back-channel")

    async def stop(self) -> None:
        """Begin no more; what is being told goes on for a few seconds, and what is not told then is told later."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
            self._following = None
        if self._telling:
            _, late = await asyncio.wait(set(self._telling), timeout=STOP)
            for task in late:
                task.cancel()

    async def settle(self) -> None:
        """Tell what an operator's command has just ended; what takes long is left to the server."""
        if self._woken.is_set():
            with contextlib.suppress(TimeoutError, LychgateError):
                async with asyncio.timeout(STOP):
                    while await self._take():
                        await asyncio.wait(set(self._telling))
            await self.stop()

    async def _follow(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._take()
            except LychgateError as error:
                log.debug("who is to be told of logouts is not known now: %s", error)
            except Exception:
                log.exception("telling clients of logouts stumbled, and goes on")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK)

    async def _take(self) -> int:
        """Begin to tell what is due, as far as there is room; answers how many."""
        room, now = AT_ONCE - len(self._telling), self._clock()
        due = await self._store.next_notice() if room else None
        if due is None or due > now:
            return 0
        taken = await self._store.take_notices(now, now + LEASE, room)
        for notice in taken:
            task = asyncio.create_task(self._tell(notice))
            self._telling.add(task)
            task.add_done_callback(self._told)
        return len(taken)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        self._woken.set()  # there is room again
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("what became of telling a client of a logout was not kept: %s", error)

    async def _tell(self, notice: Notice) -> None:
        """One try, and what comes of it. Raises ``StoreUnavailable``: then it is tried again when the lease is over."""
        client = await self._authority.client(notice.issuer, notice.client)
        uri = client.extra.get(URI) if client is not None and client.active else None
        if client is None or not uri:
            await self._store.end_notice(notice.id)
            return
        status = await self._try(notice, client, str(uri))
        over = status and status < 500 and status != 429
        if not over and notice.tries <= len(PAUSES):
            await self._store.put_off_notice(notice.id, self._clock() + 1000 * PAUSES[notice.tries - 1])
            return
        outcome = "ok" if status in (200, 204) else "refused" if status else "unreachable"
        await self._store.end_notice(notice.id, [self._row(notice, outcome)])

    async def _try(self, notice: Notice, client: Client, uri: str) -> int:
        """The status of the client's answer, 0 where there was none; each try has a token of its own."""
        try:
            body = urlencode({messages.FIELD: await self._token(notice, client)}).encode()
            return await self._fetcher.post(uri, body, FORM)
        except NotFetched:
            return 0

    async def _token(self, notice: Notice, client: Client) -> str:
        alg = client.extra.get("id_token_signed_response_alg", ALG)
        signer = self._keys.pick(notice.issuer, alg)
        if not isinstance(signer, Signer):
            signer = await signer
        claims = messages.claims(
            issuer=notice.url or self._authority.issuers[notice.issuer].url,
            client_id=client.id,
            now=self._clock() // 1000,
            lifetime=LIFETIME,
            jti=new_id(),
            subject=self._subjects.of(client, notice.user),
            sid=notice.sid,
        )
        return await signer.sign(claims, messages.TYP)

    def _row(self, notice: Notice, outcome: str) -> AuditRow:
        return AuditRow(
            self._clock(),
            notice.issuer,
            "logout.tell",
            outcome,
            client=notice.client,
            user=notice.user,
            detail={"tries": notice.tries},
        )
