"""A caller on a real socket without any HTTP library's adapter: ``Attempt`` is sent by our own wire."""

from __future__ import annotations

from typing import Any

from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.sources.source import Source
from lychgate.kernel.http import Request
from lychgate.kernel.steps import Attempt
from lychgate.world.perform import Performer
from lychgate.world.stores import open_store


class Caller:
    """``get(url)`` and ``await aget(url)`` answer the status; ``token()`` the access token's text."""

    def __init__(self, source: Source, store: Any = "memory") -> None:
        self.auth = Renewing(source)
        self.world = Performer(open_store(store), person=None)  # type: ignore[arg-type]  # nobody is asked
        self.world._now[Attempt] = lambda step: self.world.wire.send(step.request, 20)
        self.world._later[Attempt] = lambda step: self.world.wire.asend(step.request, 20)

    def get(self, url: str) -> int:
        return self.world.run(self.auth.authenticate(Request("GET", url))).status

    async def aget(self, url: str) -> int:
        return (await self.world.arun(self.auth.authenticate(Request("GET", url)))).status

    def token(self) -> str:
        return self.world.run(self.auth.token()).access.reveal()

    async def atoken(self) -> str:
        return (await self.world.arun(self.auth.token())).access.reveal()
