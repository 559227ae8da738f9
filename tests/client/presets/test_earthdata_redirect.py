"""Earthdata's older way: the archive leads to Earthdata Login, which asks for the password, and back with a cookie."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import aiohttp
import httpx
import httpx2
import pytest
import requests

import lychgate
from support.api_server import Api, Seen, serve_api

PAIR = "Basic YWRhOmh1bnRlcjItb2YtYWRh"


@pytest.fixture
def places() -> Iterator[tuple[Api, Api]]:
    """(Earthdata Login, an archive)."""
    with serve_api() as urs, serve_api() as archive:

        def login(seen: Seen) -> tuple[int, dict[str, str], bytes]:
            if seen.headers.get("authorization") != PAIR:
                return 401, {"WWW-Authenticate": 'Basic realm="Please enter your Earthdata Login credentials."'}, b""
            return 302, {"Location": f"{archive.url}/login?code=the-code"}, b""

        def data(seen: Seen) -> tuple[int, dict[str, str], bytes]:
            if seen.path == "/login":
                return 302, {"Location": f"{archive.url}/data", "Set-Cookie": "session=of-ada; Path=/"}, b""
            if "session=of-ada" in seen.headers.get("cookie", ""):
                return 200, {}, b"the data"
            return 302, {"Location": f"{urs.url}/oauth/authorize?client_id=archive"}, b""

        urs.instead, archive.instead = login, data
        yield urs, archive


def by_requests(url: str, auth: lychgate.Auth) -> str:
    with requests.Session() as session:
        session.auth = auth
        return session.get(url, timeout=20).text


def by_httpx(url: str, auth: lychgate.Auth) -> str:
    with httpx.Client(auth=auth, follow_redirects=True) as client:
        return client.get(url).text


def by_httpx2(url: str, auth: lychgate.Auth) -> str:
    with httpx2.Client(auth=auth, follow_redirects=True) as client:
        return client.get(url).text


def by_aiohttp(url: str, auth: lychgate.Auth) -> str:
    async def get() -> str:
        jar = aiohttp.CookieJar(unsafe=True)  # the hosts of this test are addresses
        async with aiohttp.ClientSession(middlewares=(auth,), cookie_jar=jar) as session, session.get(url) as answer:
            return await answer.text()

    return asyncio.run(get())


@pytest.mark.parametrize("get", [by_requests, by_httpx, by_httpx2, by_aiohttp])
def test_the_password_goes_to_earthdata_login_alone(
    places: tuple[Api, Api], get: Callable[[str, lychgate.Auth], str]
) -> None:
    urs, archive = places
    auth = lychgate.earthdata("ada", "hunter2-of-ada", way="basic", url=urs.url, origins=[archive.url])
    assert get(f"{archive.url}/data", auth) == "the data"
    assert any(seen.headers.get("authorization") == PAIR for seen in urs.seen)
    assert not any("authorization" in seen.headers for seen in archive.seen)
    wrong = lychgate.earthdata("ada", "wrong-password", way="basic", url=urs.url, origins=[archive.url])
    before = len(urs.seen)
    assert get(f"{archive.url}/data", wrong) == ""
    assert len(urs.seen) - before <= 3
