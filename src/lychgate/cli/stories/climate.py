"""The story of a climate API: a person makes a client, programs get tokens with it, fifty threads renew once."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import lychgate
from lychgate.oauth import jose

from .servers import Server, protected_api, server
from .stage import Stage
from .story import Story, expect

EMAIL = "ada@example.org"
METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt")
THREADS = 50
SHORT = 2  # seconds that the tokens of the renewal scene live


@dataclass(slots=True)
class Cast:
    """Who is on the stage: the server, the API, and what must never be seen in a log."""

    stage: Stage
    server: Server
    api: str
    hidden: list[str] = field(default_factory=list)
    client_id: str = ""
    client_secret: str = ""

    def source(self, method: str = "client_secret_basic", **changed: str) -> lychgate.ClientCredentials:
        given = {"client_id": self.client_id, "client_secret": self.client_secret, **changed}
        return lychgate.ClientCredentials(issuer=self.server.url, method=method, **given)  # type: ignore[arg-type]  # texts are wrapped


def play(stage: Stage) -> None:
    """Play the whole story. Raises at the first step that did not do what it said."""
    with tempfile.TemporaryDirectory(prefix="lychgate-demo-") as folder, socket.socket() as ear:
        ear.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{ear.getsockname()[1]}"
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        settings = f'[facade.climate_engine]\naudiences = ["{api}"]\ndefault_roles = ["all-datasets"]\n'
        (data / "lychgate.toml").write_text(settings)
        with stage.step("Start the authorization server on a free port, with SQLite in an empty folder") as step:
            running = server(stage, data)
            started = running.__enter__()
            step.figures.append(started.url)
        try:
            with protected_api(started.url, ear, api):
                _scenes(Cast(stage, started, api))
        finally:
            running.__exit__(None, None, None)


def _scenes(cast: Cast) -> None:
    _make_user_and_client(cast)
    _all_methods(cast)
    _all_libraries(cast)
    _fifty_threads(cast)
    _revoke(cast)
    _nothing_leaked(cast)


def _make_user_and_client(cast: Cast) -> None:
    import httpx2

    password = secrets.token_urlsafe(12)
    cast.hidden.append(password)
    with cast.stage.step("Add a user, as an operator does: lychgate user add"):
        cast.server.operate("user", "add", EMAIL, "--password-stdin", stdin=password)
    with cast.stage.step("Log in with the password and make a client, as the tutorial does") as step:
        base = f"{cast.server.url}/api/v1"
        form = {"grant_type": "password", "username": EMAIL, "password": password}
        token = httpx2.post(f"{base}/auth/jwt/token", data=form).json()["access_token"]
        cast.hidden.append(token)
        made = httpx2.post(f"{base}/clients/", headers={"Authorization": f"Bearer {token}"})
        expect("making a client", made.status_code, 201)
        cast.client_id, cast.client_secret = made.json()["client_id"], made.json()["client_secret"]
        cast.hidden.append(cast.client_secret)
        step.figures.append(f"client {cast.client_id}; its secret is shown only now")


def _all_methods(cast: Cast) -> None:
    key = jose.generate("ES256")
    jwks = cast.server.data.parent / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    named = ("--id", "key-robot", "--owner", EMAIL, "--audience", cast.api)
    cast.server.operate("client", "add", *named, "--method", "private_key_jwt", "--jwks", str(jwks))
    pem = key.as_pem(private=True).decode()
    cast.hidden.append(pem)
    for method in METHODS:
        with cast.stage.step(f"Get a token by {method}") as step:
            own = {"client_id": "key-robot", "private_key": pem, "client_secret": ""} if method == METHODS[-1] else {}
            token = lychgate.auth(cast.source(method, **own), origins=[cast.api]).token()
            cast.hidden.append(token.access.reveal())
            step.figures.append(f"{token.access}, valid for {token.valid_for():.0f} s")


def _all_libraries(cast: Cast) -> None:
    auth = lychgate.climate_engine(cast.client_id, cast.client_secret, url=cast.server.url, origins=[cast.api])
    for name, call in (("requests", _requests), ("httpx", _httpx), ("httpx2", _httpx2), ("aiohttp", _aiohttp)):
        with cast.stage.step(f"Call the protected API with {name}") as step:
            answer = call(cast.api, auth)
            expect("the roles that the API sees", answer["roles"], ["all-datasets"])
            step.figures.append(f"the API saw the roles {', '.join(answer['roles'])}")
    cast.hidden.append(auth.token().access.reveal())


def _fifty_threads(cast: Cast) -> None:
    cast.server.operate(
        "client", "add", "--id", "hasty", "--owner", EMAIL, "--audience", cast.api, "--lifetime", str(SHORT)
    )
    secret = cast.server.operate_json("client", "rotate-secret", "hasty")["client_secret"]
    cast.hidden.append(secret)
    auth = lychgate.auth(cast.source(client_id="hasty", client_secret=secret), origins=[cast.api])
    with cast.stage.step(f"Let a token of {SHORT} seconds end while {THREADS} threads wait at the gate") as step:
        first = auth.token()
        gate = threading.Barrier(THREADS)
        before = _requests_of(cast, "hasty")

        def caller(_: int) -> int:
            gate.wait(30)
            return _status(cast.api, auth)

        time.sleep(max(0.0, first.valid_for()) + 0.1)
        with ThreadPoolExecutor(THREADS) as pool:
            statuses = list(pool.map(caller, range(THREADS)))
        expect("answers of 200", statuses.count(200), THREADS)
        sent = _requests_of(cast, "hasty") - before
        expect("token requests that the server counted", sent, 1)
        step.figures.append(f"{THREADS} calls answered 200; token requests sent: {sent}")


def _requests_of(cast: Cast, client: str) -> int:
    """Token requests of a client that the server's audit counts, once no more arrive."""
    seen = -1
    while True:
        now = len(cast.server.operate_json("audit", "--client", client, "--limit", "1000"))
        if now == seen:
            return now
        seen = now
        time.sleep(0.3)


def _revoke(cast: Cast) -> None:
    import httpx2

    with cast.stage.step("Revoke a token, and see it refused") as step:
        token = lychgate.auth(cast.source(), origins=[cast.server.url], store="memory").token().access.reveal()
        cast.hidden.append(token)
        headers = {"Authorization": f"Bearer {token}"}
        me = f"{cast.server.url}/api/v1/users/me"
        expect("users/me before", httpx2.get(me, headers=headers).status_code, 200)
        client = (cast.client_id, cast.client_secret)
        revoked = httpx2.post(f"{cast.server.url}/oauth2/revoke", data={"token": token}, auth=client)
        expect("the revocation", revoked.status_code, 200)
        refused = httpx2.get(me, headers=headers)
        expect("users/me after", refused.status_code, 401)
        step.figures.append(f"401  WWW-Authenticate: {refused.headers['www-authenticate']}")


def _nothing_leaked(cast: Cast) -> None:
    with cast.stage.step("Look for secrets, tokens and passwords in the server's log") as step:
        text = "\n".join(cast.server.heard)
        found = sum(hidden in text for hidden in cast.hidden)
        expect("secrets found", found, 0)
        step.figures.append(f"{len(cast.hidden)} looked for, {found} found, in {len(cast.server.heard)} lines")


def _status(url: str, auth: lychgate.Auth) -> int:
    import requests

    return requests.get(url, auth=auth, timeout=30).status_code


def _requests(url: str, auth: lychgate.Auth) -> dict[str, list[str]]:
    import requests

    answer: dict[str, list[str]] = requests.get(url, auth=auth, timeout=30).json()
    return answer


def _httpx(url: str, auth: lychgate.Auth) -> dict[str, list[str]]:
    import httpx

    answer: dict[str, list[str]] = httpx.get(url, auth=auth, timeout=30).json()
    return answer


def _httpx2(url: str, auth: lychgate.Auth) -> dict[str, list[str]]:
    import httpx2

    async def call() -> dict[str, list[str]]:
        async with httpx2.AsyncClient(auth=auth) as client:
            answer: dict[str, list[str]] = (await client.get(url)).json()
            return answer

    return asyncio.run(call())


def _aiohttp(url: str, auth: lychgate.Auth) -> dict[str, list[str]]:
    import aiohttp

    async def call() -> dict[str, list[str]]:
        async with aiohttp.ClientSession(middlewares=(auth,)) as session, session.get(url) as answer:
            read: dict[str, list[str]] = await answer.json()
            return read

    return asyncio.run(call())


STORY = Story("climate", "a climate API: a client, four ways to a token, four libraries, fifty threads", play)
