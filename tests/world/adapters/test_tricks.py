"""What the adapters lean on inside their libraries: each of these fails when a new version changes it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from support.api_server import Api
from support.peers import needs


def to(url: str) -> str:
    return f"/to?url={url}"


def test_requests_copies_the_headers_of_the_redirected_request_after_its_hook(home: Api) -> None:
    calls: list[str] = []

    class Watched(CaseInsensitiveDict[Any]):
        def copy(self) -> CaseInsensitiveDict[Any]:
            calls.append("copy")
            return CaseInsensitiveDict({"X-Of-The-Copy": "1"})

    def hook(answer: requests.Response, **_: Any) -> None:
        calls.append(f"hook {answer.status_code}")

    with requests.Session() as session:
        prepared = session.prepare_request(requests.Request("GET", home.url + to("/data")))
        prepared.headers = Watched()
        prepared.register_hook("response", hook)
        assert session.send(prepared, timeout=10).status_code == 200
    assert calls[calls.index("hook 302") + 1] == "copy"
    assert home.at("/data")[0].headers["x-of-the-copy"] == "1"


def test_requests_gives_the_hook_the_very_request_that_it_copies(home: Api) -> None:
    seen: list[Any] = []
    with requests.Session() as session:
        prepared = session.prepare_request(requests.Request("GET", home.url + to("/data")))
        prepared.register_hook("response", lambda answer, **_: seen.append(answer.request))
        session.send(prepared, timeout=10)
    assert seen[0] is prepared
    assert len(seen) == 2


def test_requests_reads_the_location_after_its_hook(home: Api) -> None:
    def hook(answer: requests.Response, **_: Any) -> None:
        if answer.is_redirect:
            answer.headers["location"] = "/free"

    answer = requests.get(home.url + to("/data"), hooks={"response": hook}, timeout=10)
    assert answer.url == home.url + "/free"


@pytest.mark.parametrize("module", ["httpx", "httpx2"])
def test_httpx_copies_headers_by_their_list_and_sends_them_raw(module: str, home: Api) -> None:
    needs(module=module)
    library: Any = __import__(module)

    class Watched(library.Headers):  # type: ignore[misc]  # found at run time
        @property
        def raw(self) -> list[tuple[bytes, bytes]]:
            return [*super().raw, (b"X-Only-Raw", b"1")]

    with library.Client(follow_redirects=True, timeout=10) as client:
        request = client.build_request("GET", home.url + to("/data"))
        request.headers = Watched(request.headers)
        client.send(request)
    assert home.at("/to")[0].headers["x-only-raw"] == "1"
    assert "x-only-raw" not in home.at("/data")[0].headers


@pytest.mark.parametrize("module", ["httpx", "httpx2"])
def test_httpx_keeps_authorization_at_home_and_takes_it_off_elsewhere(module: str, home: Api, foreign: Api) -> None:
    needs(module=module)
    library: Any = __import__(module)
    with library.Client(follow_redirects=True, timeout=10, headers={"Authorization": "Bearer x"}) as client:
        client.get(home.url + to("/data"))
        client.get(home.url + to(foreign.url + "/data"))
    assert home.at("/data")[0].headers["authorization"] == "Bearer x"
    assert "authorization" not in foreign.seen[0].headers


@pytest.mark.parametrize("module", ["httpx", "httpx2"])
@pytest.mark.parametrize("colour", ["blocking", "awaiting"])
def test_httpx_reads_the_location_after_the_trace_of_the_answer(module: str, colour: str, home: Api) -> None:
    needs(module=module)
    library: Any = __import__(module)

    def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith("receive_response_headers.complete"):
            fields = next(part for part in info["return_value"] if isinstance(part, list))
            fields[:] = [(name, b"/free" if name.lower() == b"location" else value) for name, value in fields]

    async def atrace(event: str, info: dict[str, Any]) -> None:
        trace(event, info)

    async def once() -> str:
        async with library.AsyncClient(follow_redirects=True, timeout=10) as client:
            return str((await client.get(home.url + to("/data"), extensions={"trace": atrace})).url)

    if colour == "awaiting":
        assert asyncio.run(once()) == home.url + "/free"
    else:
        with library.Client(follow_redirects=True, timeout=10) as client:
            assert client.get(home.url + to("/data"), extensions={"trace": trace}).url == home.url + "/free"


def test_aiohttp_runs_its_middlewares_for_each_hop_in_the_callers_context(home: Api) -> None:
    needs(module="aiohttp")
    import contextvars

    import aiohttp

    count: contextvars.ContextVar[int] = contextvars.ContextVar("count", default=0)
    seen: list[tuple[str, int]] = []

    async def middleware(request: Any, handler: Any) -> Any:
        seen.append((request.url.path, count.get()))
        answer = await handler(request)
        count.set(count.get() + 1)
        return answer

    async def once() -> None:
        async with aiohttp.ClientSession(middlewares=(middleware,)) as session:
            await session.get(home.url + to("/data"))

    asyncio.run(once())
    assert seen == [("/to", 0), ("/data", 1)]


def test_aiohttp_sends_a_request_twice_whose_headers_and_url_a_middleware_has_changed(home: Api) -> None:
    needs(module="aiohttp")
    import aiohttp

    async def middleware(request: Any, handler: Any) -> Any:
        answer = await handler(request)
        answer.release()
        request.headers["X-Second"] = "1"
        request.url = request.url.update_query(second="1")
        return await handler(request)

    async def once() -> None:
        async with aiohttp.ClientSession(middlewares=(middleware,)) as session:
            await session.post(home.url + "/data", data=b"body")

    asyncio.run(once())
    first, second = home.seen
    assert (first.body, second.body) == (b"body", b"body")
    assert (second.headers["x-second"], second.query) == ("1", {"second": ["1"]})


def test_aiohttp_says_when_a_body_is_used_up(home: Api) -> None:
    needs(module="aiohttp")
    import aiohttp

    said: list[bool] = []

    async def middleware(request: Any, handler: Any) -> Any:
        answer = await handler(request)
        said.append(request.body.consumed)
        return answer

    async def chunks() -> Any:
        yield b"a"

    async def once() -> None:
        async with aiohttp.ClientSession(middlewares=(middleware,)) as session:
            await session.post(home.url + "/data", data=chunks())
            await session.post(home.url + "/data", data=b"whole")

    asyncio.run(once())
    assert said == [True, False]
