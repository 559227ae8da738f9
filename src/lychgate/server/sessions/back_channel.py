"""Telling clients that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.5), behind everybody's back.

Nobody waits for it: what is to be told stands in a bounded queue, and a few at a time are told. A client that cannot be
reached is tried again twice within half a minute; the audit log says what became of each.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from lychgate.kernel.errors import LychgateError
from lychgate.oauth import logout_token as messages
from lychgate.server.audit import Audit
from lychgate.server.authority import Authority
from lychgate.server.fetcher import Fetcher, NotFetched
from lychgate.server.keys import Keys
from lychgate.server.model import AuditRow, Client, Family
from lychgate.server.people.subjects import Subjects
from lychgate.server.secrets import new_id
from lychgate.server.signing.signer import Signer

ALG = "RS256"  # as ID tokens are signed where the client does not ask otherwise
LIFETIME = 120  # seconds that a logout token lives (2.4: at most two minutes)
PAUSES = (0.0, 2.0, 15.0)  # seconds before each try
URI, FORM = "backchannel_logout_uri", "application/x-www-form-urlencoded"
AT_ONCE = 8  # clients that are told at the same time
WAITING = 2_000  # that wait to be told at most
STOP = 5.0  # seconds for which a server that stops goes on telling

log = logging.getLogger("lychgate.server.sessions.back_channel")


@dataclass(frozen=True, slots=True)
class Notice:
    """That ``sid`` of ``user`` has ended at a client of ``issuer``; ``sid`` None stands for all their sessions.

    ``url`` is the issuer as the client knows it, where that is not its usual one.
    """

    issuer: str
    client: str
    user: str
    sid: str | None
    url: str | None = None


class BackChannel:
    """Tells them."""

    def __init__(
        self,
        keys: Keys,
        authority: Authority,
        subjects: Subjects,
        fetcher: Fetcher,
        audit: Audit,
        clock: Callable[[], int],
    ) -> None:
        self._keys, self._authority, self._subjects = keys, authority, subjects
        self._fetcher, self._audit, self._clock = fetcher, audit, clock
        self._room = asyncio.Semaphore(AT_ONCE)
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, notices: list[Notice]) -> None:
        """Tell these soon, each once; clients that registered nowhere to be told are passed over."""
        for notice in dict.fromkeys(notices):
            if len(self._telling) >= WAITING:
                self._note(notice, "dropped", 0)
                continue
            task = asyncio.get_running_loop().create_task(self._tell(notice))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def stop(self) -> None:
        """Go on for a few seconds; what is not told by then never is."""
        if not self._telling:
            return
        _, late = await asyncio.wait(set(self._telling), timeout=STOP)
        for task in late:
            task.cancel()
        if late:
            log.warning("%d clients were not told of a logout before the stop", len(late))

    async def _tell(self, notice: Notice) -> None:
        outcome, tries = "unreachable", 0
        try:
            client = await self._authority.client(notice.issuer, notice.client)
            uri = client.extra.get(URI) if client is not None and client.active else None
            if client is None or not uri:
                return
            for pause in PAUSES:
                await asyncio.sleep(pause)
                tries += 1
                status = await self._try(notice, client, str(uri))
                outcome = "ok" if status in (200, 204) else "refused" if status else outcome
                if status and status < 500 and status != 429:
                    break
        except LychgateError as error:
            log.warning("a client was not told of a logout: %s", error)
            outcome = "failed"
        self._note(notice, outcome, tries)

    async def _try(self, notice: Notice, client: Client, uri: str) -> int:
        """The status of the client's answer, 0 where there was none; each try has a token of its own."""
        async with self._room:
            body = urlencode({messages.FIELD: await self._token(notice, client)}).encode()
            try:
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

    def _note(self, notice: Notice, outcome: str, tries: int) -> None:
        self._audit.note(
            AuditRow(
                self._clock(),
                notice.issuer,
                "logout.tell",
                outcome,
                client=notice.client,
                user=notice.user,
                detail={"tries": tries},
            )
        )


def notice_of(family: Family, *, whole: bool = False) -> Notice:
    """What the client of a login is told; ``whole``: that all sessions of its user have ended."""
    sid = None if whole else family.session
    return Notice(family.issuer, family.client, family.user, sid, family.extra.get("iss"))
