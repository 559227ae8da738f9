"""A real ``lychgate serve`` on a real socket, in a process and a folder of its own.

with running(tmp_path) as server:
    client = server.client_add(scopes=("read",))
    server.post("/oauth2/token", {"grant_type": "client_credentials"}, basic=client.pair)
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lychgate.server.actor import Actor
from lychgate.server.configuration.configure import load
from lychgate.server.engine import MAIN, Engine
from lychgate.server.model import Client, User
from lychgate.server.people import accounts
from lychgate.server.programs import clients
from lychgate.server.running.prepare import operator
from lychgate.server.secrets import new_id

ISSUER = re.compile(r"issuer (https?://\S+)")
LISTENS = re.compile(r"listens on +(https?://\S+)")
LAST = "stop with Ctrl-C"
HURRIED = (
    "import sys; from lychgate import cli; from lychgate.server.running import protocol; protocol.PATIENCE = {};"
    " cli.main()"
)
PATIENCE = 30.0  # seconds for a server to come up, or to end
ACTOR = Actor("operator tests")


@dataclass(frozen=True)
class Made:
    """A client of the server under test, and its secret."""

    client: Client
    secret: str = ""

    @property
    def id(self) -> str:
        return self.client.id

    @property
    def pair(self) -> tuple[str, str]:
        return self.client.id, self.secret


@dataclass(frozen=True)
class Reply:
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The error's code, empty where there is none."""
        found = self.json()
        return found.get("error", "") if isinstance(found, dict) else ""


@dataclass
class Server:
    """A running server. ``url`` is where it listens, ``issuer`` its issuer, ``said`` each line that it has printed."""

    url: str
    issuer: str
    data: Path
    process: subprocess.Popen[str]
    flags: Mapping[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    # --- what operators do

    def operate(self, act: Callable[[Engine], Awaitable[Any]]) -> Any:
        """Work on the same data as the server, as an operator's command does."""

        async def run() -> Any:
            async with operator(load({"data": self.data, **self.flags})) as engine:
                return await act(engine)

        return asyncio.run(run())

    def user_add(self, email: str = "ada@example.org", password: str | None = "hunter2", **fields: Any) -> User:
        return self.operate(lambda engine: accounts.add(engine, ACTOR, email, password, **fields))

    def user_edit(self, user: User, **changes: Any) -> User:
        return self.operate(lambda engine: accounts.edit(engine, ACTOR, user, changes))

    def client_add(self, id: str | None = None, **fields: Any) -> Made:
        """A client; ``fields`` are those of ``model.Client``, sets may be given as any sequence."""
        sets = {name: frozenset(fields.pop(name)) for name in ("methods", "grants") if name in fields}
        chosen = id or new_id()
        client = Client(fields.pop("issuer", MAIN), chosen, fields.pop("name", chosen), **sets, **fields)
        made = self.operate(lambda engine: clients.add(engine, ACTOR, client))
        return Made(made.client, made.secret or "")

    def client_edit(self, made: Made, **changes: Any) -> Client:
        return self.operate(lambda engine: clients.edit(engine, ACTOR, made.client, changes)).client

    # --- what clients do

    def get(self, path: str, **options: Any) -> Reply:
        return self.call("GET", path, **options)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **options: Any) -> Reply:
        """POST of a form; a sequence stands for a repeated field."""
        body = urlencode(fields or {}, doseq=True).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"} | dict(options.pop("headers", {}))
        return self.call("POST", path, body=body, headers=kind, **options)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        bearer: str | None = None,
    ) -> Reply:
        made = dict(headers or {})
        if basic is not None:
            made["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        if bearer is not None:
            made["Authorization"] = f"Bearer {bearer}"
        request = urllib.request.Request(self.url + path, body, made, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        try:
            with opener.open(request, timeout=20) as answer:
                return Reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def token(self, made: Made, **fields: Any) -> str:
        """An access token by client_credentials (or whatever ``fields`` say)."""
        found = self.post("/oauth2/token", {"grant_type": "client_credentials"} | fields, basic=made.pair)
        assert found.status == 200, found.body
        return str(found.json()["access_token"])

    def is_active(self, token: str, made: Made) -> bool:
        found = self.post("/oauth2/introspect", {"token": token}, basic=made.pair)
        assert found.status == 200, found.body
        return bool(found.json()["active"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server; answers its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@contextmanager
def running(
    data: Path, *options: str, env: Mapping[str, str] | None = None, toml: str = "", patience: float | None = None
) -> Iterator[Server]:
    """``lychgate serve`` on a free port and the folder ``data``; ``toml`` becomes its configuration file.

    ``patience`` shortens the seconds that a request may take to come, which no setting does.
    """
    data.mkdir(parents=True, exist_ok=True)
    if toml:
        (data / "lychgate.toml").write_text(toml, encoding="utf-8")
    program = ["-m", "lychgate"] if patience is None else ["-c", HURRIED.format(patience)]
    command = [sys.executable, *program, "serve", "--port", "0", "--data", str(data), *options]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(env or {})},
    )
    said: list[str] = []
    reader = threading.Thread(target=_listen, args=(process, said), daemon=True)
    reader.start()
    try:
        issuer, url = _addresses(process, said)
        flags = {"database": _option(options, "--database"), "issuer": _option(options, "--issuer")}
        yield Server(url, issuer, data, process, flags, said)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()


def poll(check: Callable[[], Any], seconds: float = 5.0) -> Any:
    """What ``check`` answers once it is true; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.02)
    return found


def _option(options: tuple[str, ...], name: str) -> str | None:
    return options[options.index(name) + 1] if name in options else None


def _listen(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stdout is not None
    said.extend(line.rstrip("\n") for line in process.stdout)  # one by one, as they come


def _addresses(process: subprocess.Popen[str], said: list[str]) -> tuple[str, str]:
    """The issuer and the URL that is listened on, once the server has said all that it says at the start."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = "\n".join(said)
        if LAST in text and (issuer := ISSUER.search(text)):
            listens = LISTENS.search(text)
            return issuer[1], listens[1] if listens else issuer[1]
        if process.poll() is not None:
            time.sleep(0.1)
            break
        time.sleep(0.01)
    raise AssertionError("the server did not start:\n" + "\n".join(said))
