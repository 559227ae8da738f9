"""The stampede: 50 threads, 50 tasks or 8 processes find their token expired; how many token requests?

``python -m bench.clients.stampede`` prints JSON: {crowd: {client: {token_requests, served, of}}}. The token endpoint
takes 0.1 s. Clients share what they can: one session or object among threads and tasks, a file among processes
where they have a store in a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.clients.issuer import Issuer

THREADS, TASKS, PROCESSES = 50, 50, 8
STALE = {"access_token": "stale", "token_type": "Bearer", "expires_in": -10, "refresh_token": "refresh-0"}


def stale() -> dict[str, Any]:
    return STALE | {"expires_at": int(time.time()) - 10}


def ours(issuer: Issuer, store: str = "memory") -> Any:
    import lychgate

    source = lychgate.ClientCredentials(token_endpoint=issuer.url, client_id="robot", client_secret="a secret")
    return lychgate.auth(source, origins=[issuer.origin], store=store)


def lychgate_requests(issuer: Issuer) -> Callable[[], Any]:
    import requests

    auth = ours(issuer)
    return lambda: requests.get(issuer.api, auth=auth, timeout=30)


def authlib_requests(issuer: Issuer) -> Callable[[], Any]:
    from authlib.integrations.requests_client import OAuth2Session

    session = OAuth2Session("robot", "a secret", token=stale(), token_endpoint=issuer.url)
    return lambda: session.get(issuer.api, timeout=30)


def requests_oauthlib(issuer: Issuer) -> Callable[[], Any]:
    from requests_oauthlib import OAuth2Session

    known = {"client_id": "robot", "client_secret": "a secret"}
    session = OAuth2Session(
        "robot", token=stale(), auto_refresh_url=issuer.url, auto_refresh_kwargs=known, token_updater=lambda token: None
    )
    return lambda: session.get(issuer.api, timeout=30)


def requests_oauth2client(issuer: Issuer) -> Callable[[], Any]:
    import requests
    from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth

    client = OAuth2Client(issuer.url, client_id="robot", client_secret="a secret", testing=True)
    auth = OAuth2ClientCredentialsAuth(client)
    return lambda: requests.get(issuer.api, auth=auth, timeout=30)


def httpx_auth(issuer: Issuer) -> Callable[[], Any]:
    import httpx
    from httpx_auth import OAuth2ClientCredentials

    auth = OAuth2ClientCredentials(issuer.url, "robot", "a secret")
    client = httpx.Client(auth=auth, timeout=30)
    return lambda: client.get(issuer.api)


def lychgate_httpx(issuer: Issuer) -> Callable[[], Awaitable[Any]]:
    import httpx

    client = httpx.AsyncClient(auth=ours(issuer), timeout=30)
    return lambda: client.get(issuer.api)


def authlib_httpx(issuer: Issuer) -> Callable[[], Awaitable[Any]]:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    client = AsyncOAuth2Client("robot", "a secret", token=stale(), token_endpoint=issuer.url, timeout=30)
    return lambda: client.get(issuer.api)


def httpx_auth_tasks(issuer: Issuer) -> Callable[[], Awaitable[Any]]:
    import httpx
    from httpx_auth import OAuth2ClientCredentials

    client = httpx.AsyncClient(auth=OAuth2ClientCredentials(issuer.url, "robot", "a secret"), timeout=30)
    return lambda: client.get(issuer.api)


def by_threads(call: Callable[[], Any]) -> None:
    together = threading.Barrier(THREADS)

    def run() -> None:
        together.wait()
        with contextlib.suppress(Exception):
            call()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def by_tasks(make: Callable[[Issuer], Callable[[], Awaitable[Any]]], issuer: Issuer) -> None:
    async def all_of_them() -> None:
        call = make(issuer)
        await asyncio.gather(*(call() for _ in range(TASKS)), return_exceptions=True)

    asyncio.run(all_of_them())


PROCESS = {
    "lychgate": """
import lychgate, requests
source = lychgate.ClientCredentials(token_endpoint=origin + "/token", client_id="robot", client_secret="a secret")
auth = lychgate.auth(source, origins=[origin], store=folder + "/tokens")
def call(): requests.get(origin + "/data", auth=auth, timeout=30)
""",
    "authlib": """
from authlib.integrations.requests_client import OAuth2Session
session = OAuth2Session("robot", "a secret", token_endpoint=origin + "/token")
def call():
    session.fetch_token()
    session.get(origin + "/data", timeout=30)
""",
    "requests_oauth2client": """
import requests
from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth
client = OAuth2Client(origin + "/token", client_id="robot", client_secret="a secret", testing=True)
auth = OAuth2ClientCredentialsAuth(client)
def call(): requests.get(origin + "/data", auth=auth, timeout=30)
""",
    "httpx-auth": """
import httpx
from httpx_auth import JsonTokenFileCache, OAuth2, OAuth2ClientCredentials
OAuth2.token_cache = JsonTokenFileCache(folder + "/httpx-auth.json")
auth = OAuth2ClientCredentials(origin + "/token", "robot", "a secret")
def call(): httpx.get(origin + "/data", auth=auth, timeout=30)
""",
}


def by_processes(code: str, issuer: Issuer) -> None:
    """Eight interpreters that have all imported what they need go at the same word on their standard input."""
    with tempfile.TemporaryDirectory() as folder:
        words = "print('ready', flush=True)\nsys.stdin.readline()\ncall()"
        program = f"import sys\norigin, folder = sys.argv[1:]\n{code}\n{words}"
        command = [sys.executable, "-c", program, issuer.origin, folder]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        processes = [subprocess.Popen(command, **pipes) for _ in range(PROCESSES)]
        for process in processes:
            process.stdout.readline()
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=60)


THREAD_CLIENTS = {
    "lychgate": lychgate_requests,
    "authlib": authlib_requests,
    "requests-oauthlib": requests_oauthlib,
    "requests_oauth2client": requests_oauth2client,
    "httpx-auth": httpx_auth,
}
TASK_CLIENTS = {"lychgate": lychgate_httpx, "authlib": authlib_httpx, "httpx-auth": httpx_auth_tasks}


def counted(run: Callable[[Issuer], None], of: int) -> dict[str, int]:
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    issuer = Issuer(delay=0.1)
    run(issuer)
    issuer.close()
    return {"token_requests": issuer.requests, "served": issuer.served, "of": of}


def all_crowds() -> dict[str, dict[str, dict[str, int]]]:
    return {
        f"{THREADS} threads": {
            name: counted(lambda issuer, make=make: by_threads(make(issuer)), THREADS)
            for name, make in THREAD_CLIENTS.items()
        },
        f"{TASKS} tasks": {
            name: counted(lambda issuer, make=make: by_tasks(make, issuer), TASKS)
            for name, make in TASK_CLIENTS.items()
        },
        f"{PROCESSES} processes": {
            name: counted(lambda issuer, code=code: by_processes(code, issuer), PROCESSES)
            for name, code in PROCESS.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(all_crowds()))
