"""What a story plays with: a real ``lychgate serve``, the operator's commands on its folder, a protected API."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .stage import Stage
from .story import StepFailed

ISSUER = re.compile(r"issuer (https?://\S+)")
PATIENCE = 30.0  # seconds for a server to come up


@dataclass(slots=True)
class Server:
    """A running server: ``url`` is its issuer, ``data`` its folder, ``heard`` each line that it has printed."""

    url: str
    data: Path
    heard: list[str] = field(default_factory=list)

    def operate(self, *arguments: str, stdin: str = "") -> str:
        """An operator's command on the same folder; answers what it printed. Raises ``StepFailed`` where it failed."""
        command = [sys.executable, "-m", "lychgate", *arguments, "--data", str(self.data)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)  # noqa: S603  our own program
        if done.returncode != 0:
            raise StepFailed(f"lychgate {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return done.stdout

    def operate_json(self, *arguments: str) -> Any:
        return json.loads(self.operate(*arguments, "--json"))


@contextmanager
def server(stage: Stage, data: Path, options: Sequence[str] = ()) -> Iterator[Server]:
    """``lychgate serve`` on a free port; what it prints goes to the stage. Ended with the block."""
    command = [sys.executable, "-m", "lychgate", "serve", "--port", "0", "--data", str(data), *options]
    process = subprocess.Popen(  # noqa: S603  our own program
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    started = Server("", data)
    reader = threading.Thread(target=_listen, args=(process, started, stage), daemon=True)
    reader.start()
    try:
        started.url = _issuer(started, process)
        yield started
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()


def _listen(process: subprocess.Popen[str], started: Server, stage: Stage) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        started.heard.append(line.rstrip())
        stage.log(line.rstrip())


def _issuer(started: Server, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in list(started.heard):
            if found := ISSUER.search(line):
                return _answering(found[1], deadline)
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise StepFailed("the server did not start: " + " / ".join(started.heard[-3:]))


def _answering(url: str, deadline: float) -> str:
    import httpx2

    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{url}/health", timeout=5).status_code == 200:
                return url
        except httpx2.TransportError:
            time.sleep(0.02)
    raise StepFailed(f"{url}/health does not answer")


@contextmanager
def protected_api(issuer: str, socket_of_api: Any, audience: str) -> Iterator[None]:
    """A small API behind the guard: it answers who is calling. Served on a socket that is bound already."""
    import uvicorn

    from lychgate.guard import Guard

    app = Guard(issuer, audience).asgi(_who)
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [socket_of_api]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        running.should_exit = True
        thread.join(10)


async def _who(scope: Any, receive: Any, send: Any) -> None:
    """The API itself: the caller's roles as JSON."""
    principal = scope["lychgate.principal"]
    body = json.dumps({"client": principal.client, "roles": sorted(principal.roles)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
