"""The HTTP libraries, each in each colour: ``call`` does one exchange, so that all are put through the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lychgate.world.auth import Auth
from support.peers import needs


@dataclass(frozen=True)
class Got:
    status: int
    text: str
    url: str


@dataclass(frozen=True)
class Stack:
    """A library: ``call(auth, url)`` follows redirects; ``stream=True`` sends a body that cannot be sent twice."""

    name: str
    module: str
    call: Callable[..., Got]
    netrc: bool = False

    def __str__(self) -> str:
        return self.name

    def needed(self) -> Stack:
        needs(module=self.module)
        return self


def _requests(auth: Auth, url: str, method: str = "GET", body: bytes | None = None, stream: bool = False) -> Got:
    import requests

    with requests.Session() as session:
        data: Any = iter([b"a", b"b"]) if stream else body
        answer = session.request(method, url, auth=auth, data=data, timeout=10)
        return Got(answer.status_code, answer.text, answer.url)


def _sync(module: str) -> Callable[..., Got]:
    def call(auth: Auth, url: str, method: str = "GET", body: bytes | None = None, stream: bool = False) -> Got:
        library: Any = __import__(module)
        with library.Client(auth=auth, follow_redirects=True, timeout=10) as client:
            answer = client.request(method, url, content=iter([b"a", b"b"]) if stream else body)
            return Got(answer.status_code, answer.text, str(answer.url))

    return call


async def _chunks() -> Any:
    yield b"a"
    yield b"b"


def _async(module: str) -> Callable[..., Got]:
    def call(auth: Auth, url: str, method: str = "GET", body: bytes | None = None, stream: bool = False) -> Got:
        async def once() -> Got:
            library: Any = __import__(module)
            async with library.AsyncClient(auth=auth, follow_redirects=True, timeout=10) as client:
                answer = await client.request(method, url, content=_chunks() if stream else body)
                return Got(answer.status_code, answer.text, str(answer.url))

        return asyncio.run(once())

    return call


def _aiohttp(auth: Auth, url: str, method: str = "GET", body: bytes | None = None, stream: bool = False) -> Got:
    async def once() -> Got:
        import aiohttp

        async with (
            aiohttp.ClientSession(middlewares=(auth,), trust_env=True, timeout=aiohttp.ClientTimeout(10)) as session,
            session.request(method, url, data=_chunks() if stream else body) as answer,
        ):
            return Got(answer.status, await answer.text(), str(answer.url))

    return asyncio.run(once())


STACKS = [
    Stack("requests", "requests", _requests, netrc=True),
    Stack("httpx", "httpx", _sync("httpx")),
    Stack("httpx-async", "httpx", _async("httpx")),
    Stack("httpx2", "httpx2", _sync("httpx2")),
    Stack("httpx2-async", "httpx2", _async("httpx2")),
    Stack("aiohttp", "aiohttp", _aiohttp, netrc=True),
]
