"""A user's program: mypy and pyright accept it as it stands."""

from __future__ import annotations

import asyncio
from typing import assert_type

import aiohttp
import httpx
import httpx2
import requests

import lychgate
from lychgate.services.wps import Status


def blocking(auth: lychgate.Auth, url: str) -> int:
    with httpx.Client(auth=auth) as old, httpx2.Client(auth=auth) as new, requests.Session() as session:
        session.auth = auth
        answers = [
            old.get(url).status_code,
            new.get(url, auth=auth).status_code,
            session.get(url).status_code,
            requests.get(url, auth=auth, timeout=10).status_code,
        ]
    return max(answers)


async def awaiting(auth: lychgate.Auth, url: str) -> int:
    async with (
        httpx.AsyncClient(auth=auth) as old,
        httpx2.AsyncClient(auth=auth) as new,
        aiohttp.ClientSession(middlewares=(auth,)) as session,
        session.get(url) as answer,
    ):
        return max((await old.get(url)).status_code, (await new.get(url)).status_code, answer.status)


def computing(url: str) -> None:
    job = lychgate.Wps(url).execute("mean", {"level": 5})
    assert_type(job.wait(), Status)
    assert_type(job.read(), bytes)


async def computing_in_a_loop(url: str) -> None:
    job = await lychgate.AsyncWps(url).execute("mean", {"level": 5})
    assert_type(await job.wait(), Status)
    assert_type(await job.read(), bytes)


def main(url: str) -> None:
    robot = lychgate.ClientCredentials(
        issuer="https://auth.example.org", client_id="robot", client_secret=lychgate.Secret.env("ROBOT_SECRET")
    )
    auth = lychgate.auth(robot, origins=["https://api.example.org"], store="memory")
    blocking(auth, url)
    asyncio.run(awaiting(auth, url))
    blocking(lychgate.climate_engine(client_id="robot", client_secret="of-the-robot"), url)
    blocking(lychgate.auth(lychgate.ApiKey("key") + lychgate.Bearer("token")), url)
    token = auth.token()
    print(token.expires_at, token.valid_for(), auth.headers(url)["Authorization"])
