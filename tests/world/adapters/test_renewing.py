"""The client's own renewal through every library, and many callers of one session."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

import lychgate
from lychgate.kernel.secret import Secret
from support.api_server import Api
from support.authenticators import Field
from support.peers import needs
from support.stacks import Stack


def robot(home: Api) -> lychgate.Auth:
    source = lychgate.ClientCredentials(
        token_endpoint=home.bearer().url + "/token", client_id="robot", client_secret="of-the-robot"
    )
    return lychgate.auth(source, origins=[home.url])


def test_a_token_revoked_meanwhile_is_renewed_once_and_the_request_replayed(stack: Stack, home: Api) -> None:
    auth = robot(home)
    assert stack.call(auth, home.url + "/data", "POST", b"first").status == 200
    home.token = "revoked-the-one-before"
    assert stack.call(auth, home.url + "/data", "POST", b"second").status == 200
    assert home.issued == 2
    assert [seen.body for seen in home.at("/data")] == [b"first", b"second", b"second"]


def test_a_stream_meets_a_revoked_token(stack: Stack, home: Api) -> None:
    auth = robot(home)
    auth.token()
    home.token = "revoked-the-one-before"
    with pytest.raises(lychgate.NotReplayable, match="stream"):
        stack.call(auth, home.url + "/data", "POST", stream=True)
    assert stack.call(auth, home.url + "/data", "POST", stream=True).status == 200
    assert home.issued == 2


def test_fifty_threads_of_one_session_renew_once(home: Api) -> None:
    auth = robot(home)
    auth.token()
    home.token = "revoked-the-one-before"
    home.token_delay = 0.3
    home.together = threading.Barrier(50)
    with requests.Session() as session, ThreadPoolExecutor(50) as pool:
        session.auth = auth
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=50))
        got = list(pool.map(lambda _: session.get(home.url + "/data", timeout=10).status_code, range(50)))
    assert (set(got), home.issued) == ({200}, 2)


@pytest.mark.parametrize("module", ["httpx", "httpx2"])
def test_fifty_tasks_of_one_httpx_client_renew_once(module: str, home: Api) -> None:
    needs(module=module)
    library: Any = __import__(module)
    auth = robot(home)

    async def all_at_once() -> list[int]:
        await auth.atoken()
        home.token = "revoked-the-one-before"
        home.token_delay = 0.3
        home.together = threading.Barrier(50)
        async with library.AsyncClient(auth=auth, timeout=10) as client:
            answers = await asyncio.gather(*(client.get(home.url + "/data") for _ in range(50)))
        return [answer.status_code for answer in answers]

    assert (set(asyncio.run(all_at_once())), home.issued) == ({200}, 2)


def test_fifty_tasks_of_one_aiohttp_session_renew_once(home: Api) -> None:
    needs(module="aiohttp")
    import aiohttp

    auth = robot(home)

    async def all_at_once() -> list[int]:
        await auth.atoken()
        home.token = "revoked-the-one-before"
        home.token_delay = 0.3
        home.together = threading.Barrier(50)
        async with aiohttp.ClientSession(middlewares=(auth,)) as session:

            async def get() -> int:
                async with session.get(home.url + "/data") as answer:
                    return answer.status

            return await asyncio.gather(*(get() for _ in range(50)))

    assert (set(asyncio.run(all_at_once())), home.issued) == ({200}, 2)


def test_one_object_serves_threads_and_event_loops_at_the_same_time(home: Api) -> None:
    needs(module="httpx")
    import httpx

    auth = robot(home)
    home.token_delay = 0.3

    async def several() -> list[int]:
        async with httpx.AsyncClient(auth=auth, timeout=10) as client:  # type: ignore[arg-type]  # it is one, at run time
            return [a.status_code for a in await asyncio.gather(*(client.get(home.url + "/data") for _ in range(5)))]

    def work(number: int) -> list[int]:
        if number % 2:
            return asyncio.run(several())
        return [requests.get(home.url + "/data", auth=auth, timeout=10).status_code]

    with ThreadPoolExecutor(10) as pool:
        got = [status for statuses in pool.map(work, range(10)) for status in statuses]
    assert (set(got), len(got), home.issued) == ({200}, 30, 1)


def test_requests_carries_authorization_to_another_origin_of_the_list_at_once(home: Api, foreign: Api) -> None:
    auth = lychgate.auth(Field("Authorization", Secret("Bearer the-key-of-both")), origins=[home.url, foreign.url])
    requests.get(f"{home.url}/to", params={"url": foreign.url + "/data"}, auth=auth, timeout=10)
    assert [seen.headers.get("authorization") for seen in foreign.seen] == ["Bearer the-key-of-both"]
