"""A user's program: mypy and pyright accept it as it stands."""

from __future__ import annotations

import asyncio

import aiohttp
import httpx
import httpx2
import requests

import lychgate


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
