"""The added cost of a call with a valid token, in microseconds: sessions with nothing below them.

``python -m bench.clients.calls ROUNDS CALLS`` prints JSON: {stack: {client: {median, low, high}}}. The transport
answers at once, so that a call's time is the library's own; what a bare session takes in the same round is taken off.
The variants take their turns in another order in each round; the spread is that of the quartiles.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

URL = "https://api.example.org/data"
TOKEN = {"access_token": "a" * 400, "token_type": "Bearer", "expires_in": 3600}
Call = Callable[[], Any]


def requests_calls() -> dict[str, Call]:
    import requests
    from authlib.integrations.requests_client import OAuth2Session as Authlib
    from requests.adapters import BaseAdapter
    from requests_oauth2client import BearerToken, OAuth2AccessTokenAuth, OAuth2Client
    from requests_oauthlib import OAuth2Session as RequestsOAuthlib

    class Null(BaseAdapter):
        def send(self, request: Any, **options: Any) -> requests.Response:
            self.seen = request.headers.get("Authorization")
            response = requests.Response()
            response.status_code, response.request, response.url = 200, request, request.url
            response._content = json.dumps(TOKEN).encode()
            return response

        def close(self) -> None: ...

    def calls(session: requests.Session, auth: Any = None, bare: bool = False) -> Call:
        null = Null()
        session.mount("https://", null)
        session.trust_env = False
        if auth is not None:
            session.auth = auth

        def call() -> None:
            session.get(URL)

        for _ in range(3):
            call()
        if (null.seen or "") != ("" if bare else f"Bearer {TOKEN['access_token']}"):
            raise SystemExit(f"{type(session).__name__} with {type(auth).__name__} did not send the token")
        return call

    token = TOKEN | {"expires_at": time.time() + 3600}
    client = OAuth2Client("https://auth.example.org/token", client_id="robot", client_secret="a secret")
    return {
        "bare": calls(requests.Session(), bare=True),
        "lychgate": calls(requests.Session(), ours()),
        "authlib": calls(Authlib("robot", "a secret", token=token)),
        "requests-oauthlib": calls(RequestsOAuthlib("robot", token=token)),
        "requests_oauth2client": calls(requests.Session(), OAuth2AccessTokenAuth(client, BearerToken(**token))),
    }


def httpx_calls() -> dict[str, Call]:
    import httpx
    from httpx_auth import OAuth2ClientCredentials

    transport, checked = null_transport(httpx)
    inner = httpx.Client(transport=transport)
    other = OAuth2ClientCredentials("https://auth.example.org/token", "robot", "a secret", client=inner)
    plain = {"transport": transport, "trust_env": False}
    return {
        "bare": checked(httpx.Client(**plain), bare=True),
        "lychgate": checked(httpx.Client(auth=ours(), **plain)),
        "httpx-auth": checked(httpx.Client(auth=other, **plain)),
    }


def httpx2_calls() -> dict[str, Call]:
    """Authlib's client for httpx is one of httpx2 where that is installed."""
    import httpx2
    from authlib.integrations.httpx_client import OAuth2Client as Authlib

    transport, checked = null_transport(httpx2)
    plain = {"transport": transport, "trust_env": False}
    token = TOKEN | {"expires_at": int(time.time()) + 3600}
    return {
        "bare": checked(httpx2.Client(**plain), bare=True),
        "lychgate": checked(httpx2.Client(auth=ours(), **plain)),
        "authlib": checked(Authlib("robot", "a secret", token=token, **plain)),
    }


def null_transport(library: Any) -> tuple[Any, Callable[..., Call]]:
    """A transport that answers at once, and what makes a call of a client after a look at what it sends."""
    seen = ""

    def answer(request: Any) -> Any:
        nonlocal seen
        seen = request.headers.get("Authorization", "")
        return library.Response(200, json=TOKEN)

    def checked(client: Any, bare: bool = False) -> Call:
        def call() -> None:
            client.get(URL)

        for _ in range(3):
            call()
        if seen != ("" if bare else f"Bearer {TOKEN['access_token']}"):
            raise SystemExit(f"{type(client).__name__} did not send the token")
        return call

    return library.MockTransport(answer), checked


def ours() -> Any:
    """Our object with a valid token from a token endpoint on this machine."""
    import lychgate
    from bench.clients.issuer import Issuer

    issuer = Issuer(token=TOKEN["access_token"])
    source = lychgate.ClientCredentials(token_endpoint=issuer.url, client_id="robot", client_secret="a secret")
    auth = lychgate.auth(source, origins=["https://api.example.org"], store="memory")
    auth.token()
    issuer.close()
    return auth


def measured(calls: dict[str, Call], rounds: int, count: int) -> dict[str, dict[str, float]]:
    added: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number in range(rounds + 1):
        random.shuffle(names)
        took = {name: timed(calls[name], count) for name in names}
        if number:
            for name in names:
                added[name].append(took[name] - (took["bare"] if name != "bare" else 0))
    return {name: quartiles(values) for name, values in added.items()}


def timed(call: Call, count: int) -> float:
    """Microseconds of processor time a call: the least of three runs: what others do stays out."""
    gc.collect()
    gc.disable()
    best = float("inf")
    for _ in range(3):
        begun = time.thread_time_ns()
        for _ in range(count):
            call()
        best = min(best, (time.thread_time_ns() - begun) / 1000 / count)
    gc.enable()
    return best


def quartiles(values: list[float]) -> dict[str, float]:
    low, median, high = statistics.quantiles(values, n=4)
    return {"median": median, "low": low, "high": high}


if __name__ == "__main__":
    rounds, count = int(sys.argv[1]), int(sys.argv[2])
    stacks = {"requests": requests_calls, "httpx": httpx_calls, "httpx2": httpx2_calls}
    print(json.dumps({stack: measured(make(), rounds, count) for stack, make in stacks.items()}))
