"""`lychgate login https://api...`: the API's challenge leads to its issuer, and the token opens the API."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from lychgate.guard import Guard
from lychgate.issuer.resource import api_at
from lychgate.kernel.errors import LychgateError
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.stores import open_store
from support.node import free_port
from support.person import PersonAtBrowser
from support.server import Server, running
from support.web import Quiet, web_server

EMAIL, PASSWORD = "ada@example.org", "hunter2"


@pytest.fixture(scope="module")
def url() -> str:
    return f"http://127.0.0.1:{free_port()}/wps"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Server]:
    toml = f'registration_scopes = ["read"]\nregistration_audiences = ["{url}"]\n'
    with running(tmp_path_factory.mktemp("api") / "data", toml=toml) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module", params=[False, "dpop"], ids=["bearer", "dpop"])
def bound(request: pytest.FixtureRequest) -> bool | str:
    """What the API's tokens must be bound to."""
    found: bool | str = request.param
    return found


@pytest.fixture(scope="module")
def api(server: Server, url: str, bound: bool | str) -> Iterator[str]:
    """A small API behind the guard, whose handler names the caller."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        who = scope["lychgate.principal"]
        body = json.dumps({"scopes": sorted(who.scopes), "user": bool(who.user_id)}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    guarded = Guard(server.issuer, audience=url, scope="read", bound=bound).asgi(app)
    port = int(url.split(":")[2].partition("/")[0])
    served = uvicorn.Server(uvicorn.Config(guarded, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not served.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield url
    served.should_exit = True
    thread.join(10)


def lychgate(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LYCHGATE_HOME": str(home), "COLUMNS": "500"}
    command = [sys.executable, "-m", "lychgate", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_the_apis_address_is_all_that_a_person_needs(
    server: Server, api: str, bound: bool | str, tmp_path: Path
) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"  # what the person's browser, a script here, opens
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    screen = {"DISPLAY": ":99", "BROWSER": str(browser), "COLUMNS": "500", "CI": "", "LYCHGATE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "lychgate", "login", f"{api}/jobs/1", "--redirect-port", "0"]
    with (tmp_path / "said").open("wb") as out:
        process = subprocess.Popen(
            command, env={**os.environ, **screen}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        deadline = time.monotonic() + 60
        while not opened.exists():
            assert process.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < deadline, (tmp_path / "said").read_text()
            time.sleep(0.05)
        visitor = PersonAtBrowser(server.url).open(opened.read_text().strip())
        visitor.log_in(EMAIL, PASSWORD).allow()
        assert httpx2.get(visitor.left_to, timeout=20).status_code == 200
        status = process.wait(60)
    said = (tmp_path / "said").read_text()
    assert status == 0, said
    assert f"{api} says that its issuer is {server.issuer}" in said
    assert f"Logged in as {EMAIL} at " in said  # the ID token says so: userinfo takes no token for the API alone
    known = lychgate(tmp_path, "whoami")
    assert known.stdout.startswith(f"{EMAIL} at "), known
    assert "  subject   " in known.stdout
    assert forget_names(tmp_path)
    known = lychgate(tmp_path, "whoami")
    assert f"has told no name for this subject; the token is for {api} alone." in known.stdout
    called = lychgate(tmp_path, "call", "GET", api)
    assert (called.returncode, json.loads(called.stdout)["user"]) == (0, True), called.stderr
    assert "read" in json.loads(called.stdout)["scopes"]
    token = lychgate(tmp_path, "token").stdout.strip()
    bare = httpx2.get(api, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert bare.status_code == (401 if bound else 200)
    assert lychgate(tmp_path, "token", "--header").returncode == (1 if bound else 0)


def forget_names(home: Path) -> int:
    """As a login is at an issuer that puts no name into its ID tokens; how many were kept."""
    kept = list((home / "tokens").glob("*.json"))
    for file in kept:
        entry = json.loads(file.read_text())
        del entry["data"]["extra"]["id_token"], entry["data"]["extra"]["owner"]
        file.write_text(json.dumps(entry))
    return len(kept)


def test_what_is_neither_issuer_nor_api_is_said_to_be_neither(server: Server, tmp_path: Path) -> None:
    done = lychgate(tmp_path, "login", f"{server.issuer}/nothing/here")
    assert done.returncode == 1
    assert "does not say who its issuer is" in done.stderr


# --- APIs that lie


@pytest.fixture
def liar() -> Iterator[Any]:
    """An API that answers what ``said`` holds: path -> (status, header fields, body)."""
    said: dict[str, tuple[int, dict[str, str], bytes]] = {}

    class Handler(Quiet):
        def do_GET(self) -> None:
            status, fields, body = said.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with web_server(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}", said


def asked(url: str) -> Any:
    performer = Performer(open_store("memory"), person("never"))
    found = performer.run(api_at(url))
    assert asyncio.run(performer.arun(api_at(url))) == found
    return found


def document(resource: str, issuer: str = "https://auth.example.org", **more: Any) -> tuple[int, dict[str, str], bytes]:
    body = {"resource": resource, "authorization_servers": [issuer], **more}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def test_without_a_challenge_the_path_form_and_then_the_root_form_is_read(liar: Any) -> None:
    url, said = liar
    said["/.well-known/oauth-protected-resource"] = document(url, scopes_supported=["a"])
    assert asked(f"{url}/x").scopes == ("a",)
    said["/.well-known/oauth-protected-resource/x"] = document(f"{url}/x", "https://other.example.org/")
    assert asked(f"{url}/x").issuers == ("https://other.example.org/",)  # byte for byte


def test_the_scope_of_the_challenge_comes_first(liar: Any) -> None:
    url, said = liar
    said["/here"] = document(url, scopes_supported=["everything"])
    challenge = f'Basic realm="x", Bearer scope="read", resource_metadata="{url}/here"'
    said["/x"] = (401, {"WWW-Authenticate": challenge}, b"")
    assert asked(f"{url}/x").scopes == ("read",)


@pytest.mark.parametrize(
    "body",
    [
        {"resource": "https://victim.example.org", "authorization_servers": ["https://a.example.org"]},
        {"resource": "URL/other", "authorization_servers": ["https://a.example.org"]},
        {"resource": "URL/x", "authorization_servers": []},
        {"resource": "URL/x", "authorization_servers": "https://a.example.org"},
        {"resource": "URL/x"},
        [],
    ],
    ids=range(6),
)
def test_metadata_that_may_not_speak_for_the_api_is_not_believed(liar: Any, body: Any) -> None:
    url, said = liar
    said["/.well-known/oauth-protected-resource"] = (200, {}, json.dumps(body).replace("URL", url).encode())
    with pytest.raises(LychgateError, match="does not say who its issuer is"):
        asked(f"{url}/x")


@pytest.mark.parametrize("place", ["http://192.0.2.1/x", "file:///etc/passwd", "javascript:alert(1)"])
def test_a_challenge_cannot_send_us_to_clear_text_or_to_no_web_page(liar: Any, place: str) -> None:
    url, said = liar
    said["/x"] = (401, {"WWW-Authenticate": f'Bearer resource_metadata="{place}"'}, b"")
    with pytest.raises(LychgateError):
        asked(f"{url}/x")


def test_a_document_without_end_and_one_that_is_a_page_are_refused(liar: Any) -> None:
    url, said = liar
    for body in (b"<html>", b"[" * 100_000):
        said["/.well-known/oauth-protected-resource"] = (200, {}, body)
        with pytest.raises(LychgateError, match="does not say who"):
            asked(url)
