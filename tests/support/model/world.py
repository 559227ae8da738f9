"""The real application on SQLite, answering in this process through its ASGI callable; its clock is ours."""

from __future__ import annotations

import asyncio
from collections import Counter
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import httpx2

from lychgate.server.app import App
from lychgate.server.configuration.configure import load
from lychgate.server.engine import Engine, open_engine
from lychgate.server.people.passwords import Passwords
from lychgate.server.running.prepare import prepare
from support.person import PersonAtBrowser

PORT, PASSWORD = 8080, "hunter2"
LIFETIME, GRACE, IDLE, ABSOLUTE = 300, 30, 3600, 4 * 3600  # seconds, as configured below


class Wire(httpx2.BaseTransport):
    """Blocking requests to the application, each on the loop on which its engine lives."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self._inner, self._loop = httpx2.ASGITransport(app=app), loop

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._loop.run_until_complete(self._answer(request))

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


class World:
    """The server under test, what operators do to it, and its clock (``now``, ms)."""

    def __init__(self, data: Path) -> None:
        self.loop = asyncio.new_event_loop()
        config = load(
            {
                "data": data,
                "port": PORT,
                "lifetime": LIFETIME,
                "grace": GRACE,
                "refresh_idle": IDLE,
                "refresh_absolute": ABSOLUTE,
            }
        )
        self.does(prepare(config, PORT))
        found = self.does(open_engine(config))
        self.now = found.clock() + 1000
        self.engine = Engine(config, found.store, found.master, found.issuer, lambda: self.now)
        self.engine.passwords = Passwords(rounds=1, memory=64)  # what a password costs is tested elsewhere
        self.app = App(self.engine, PORT)
        self.does(self._begin())
        self.hash = self.does(self.engine.passwords.hash(PASSWORD))
        self.url = self.engine.issuer.url
        self.http = httpx2.Client(base_url=self.url, transport=Wire(self.app, self.loop))
        self.steps, self.seen = 0, Counter[str]()

    async def _begin(self) -> None:
        """As ``engine.start`` does, but for the tidying, which goes by the clock on the wall."""
        await self.engine.feed.start()
        await self.engine.load()
        self.engine.audit.start()

    def does(self, act: Any) -> Any:
        return self.loop.run_until_complete(act)

    def operates(self, act: Any) -> Any:
        found = self.does(act)
        self.does(self.engine.catch_up())
        return found

    def close(self) -> None:
        self.does(self.engine.stop())
        self.loop.close()


class Visitor(PersonAtBrowser):
    """A person whose browser talks to the application in this process."""

    def __init__(self, world: World) -> None:
        self.home, self.left_to, self.page = world.url, "", None
        self._client = httpx2.Client(
            transport=Wire(world.app, world.loop), base_url=world.url, follow_redirects=False, cookies=CookieJar()
        )

    def has(self, name: str) -> bool:
        return f'name="{name}"' in self.page.text
