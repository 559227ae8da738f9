"""The guard in the applications of each framework: mounted, asked by WebSocket and HEAD, documented, switched off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, HTTPException, WebSocket
from flask import Flask, abort, g
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from lychgate.guard import Guard, Principal
from support.issuer import TinyIssuer

API = "https://api.example.org/wps"
ROOT_FORM, PATH_FORM = "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/wps"


@pytest.fixture(scope="module")
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any, **options: Any) -> str:
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off", **options))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


def bearer(issuer: TinyIssuer) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(aud=[API], scope='read')}"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": scope["lychgate.principal"].subject})
        return await send({"type": "websocket.close"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    return await send({"type": "http.response.body", "body": scope["path"].encode()})


def plain(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


def greeted(url: str, headers: dict[str, str]) -> str:
    with connect(url.replace("http:", "ws:"), additional_headers=headers, open_timeout=20) as socket:
        return str(socket.recv(timeout=20))


@pytest.mark.parametrize("mounted", [True, False], ids=["mounted", "told its root path"])
def test_below_a_path_the_metadata_are_found_and_open_paths_are_the_applications_own(
    mounted: bool, issuer: TinyIssuer, serve: Callable[..., str]
) -> None:
    guarded: Any = Guard(issuer.url, API).asgi(echo, open=["/health"])
    if mounted:
        url, below = serve(Starlette(routes=[Mount("/wps", app=guarded)])), "/wps"
    else:
        url, below = serve(guarded, root_path="/wps"), ""  # its proxy takes the path away
    for form in (ROOT_FORM, PATH_FORM):
        assert httpx2.get(url + below + form).json()["resource"] == API
    assert httpx2.get(f"{url}{below}/health").text == "/wps/health"
    assert httpx2.get(f"{url}{below}/wps/health").status_code == 401
    assert httpx2.get(f"{url}{below}/data").status_code == 401
    assert httpx2.get(f"{url}{below}/data", headers=bearer(issuer)).text == "/wps/data"


def test_the_same_below_a_path_of_wsgi(issuer: TinyIssuer) -> None:
    guarded = Guard(issuer.url, API).wsgi(plain, open=["/health"])
    client = Client(DispatcherMiddleware(plain, {"/wps": guarded}))
    for form in (ROOT_FORM, PATH_FORM):
        assert client.get("/wps" + form).get_json(force=True)["resource"] == API
    assert client.get("/wps/health").text == "/health"
    assert client.get("/wps/wps/health").status_code == 401
    assert client.get("/wps/data", headers=bearer(issuer)).text == "/data"


def test_a_refusal_of_head_has_no_body_that_would_stand_before_the_next_answer(issuer: TinyIssuer) -> None:
    guarded, said = Guard(issuer.url, API).wsgi(plain), list[str]()
    for path in ("/data", ROOT_FORM):
        environ = {"REQUEST_METHOD": "HEAD", "PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1"}
        assert b"".join(guarded(environ, lambda status, headers: said.append(status))) == b""
    assert said == ["401 Unauthorized", "200 OK"]


def test_a_websocket_is_refused_with_the_challenge(issuer: TinyIssuer, serve: Callable[..., str]) -> None:
    app, guard = FastAPI(), Guard(issuer.url, API)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, who: Principal = guard.depends(scope="read")) -> None:  # noqa: B008  # FastAPI's way
        await websocket.accept()
        await websocket.send_text(who.subject)
        await websocket.close()

    for url in (serve(app) + "/socket", serve(guard.asgi(echo))):
        assert greeted(url, bearer(issuer)) == "ada"
        with pytest.raises(InvalidStatus) as refused:
            greeted(url, {})
        response = refused.value.response
        assert response.status_code == 401
        assert "resource_metadata=" in response.headers["www-authenticate"]


def test_fastapis_document_says_that_a_path_wants_a_bearer_token() -> None:
    app, guard = FastAPI(), Guard("https://auth.example.org", API)

    @app.get("/data")
    def data(who: Principal = guard.depends(scope="read")) -> str:  # noqa: B008  # FastAPI's way
        return who.subject

    @app.get("/open")
    def public() -> str:
        return ""

    document = app.openapi()
    ((name, scheme),) = document["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert document["paths"]["/data"]["get"]["security"] == [{name: []}]
    assert "parameters" not in document["paths"]["/data"]["get"]
    assert "security" not in document["paths"]["/open"]["get"]


@pytest.mark.parametrize("named", [
    {"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}, {"X-Real-IP": "192.0.2.7"},
    {"Forwarded": 'for=127.0.0.1;proto=https, For="[2001:db8::1]"'}, {"X-Forwarded-For": "unknown"},
], ids=str)  # fmt: skip
def test_switched_off_a_proxy_on_this_machine_lets_nobody_in_from_elsewhere(
    named: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_ENABLED", "false")
    guard = Guard("https://auth.example.org", API)
    address = {"REMOTE_ADDR": "127.0.0.1"}
    by_wsgi, near = Client(guard.wsgi(plain)), {"X-Forwarded-For": "127.0.0.1", "Forwarded": 'for="[::1]"'}
    assert by_wsgi.get("/", headers=near, environ_base=address).status_code == 200
    assert by_wsgi.get("/", headers=named, environ_base=address).status_code == 503
    by_asgi = TestClient(guard.asgi(echo), client=("127.0.0.1", 1), base_url="http://127.0.0.1")
    assert by_asgi.get("/", headers=near).status_code == 200
    assert by_asgi.get("/", headers=named).status_code == 503
    monkeypatch.setenv("AUTH_DISABLED_ANYWHERE", "true")
    anywhere = Guard("https://auth.example.org", API).wsgi(plain)
    assert Client(anywhere).get("/", headers=named, environ_base=address).status_code == 200


def test_switched_off_errors_say_so_as_loudly_as_answers(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[..., str]
) -> None:
    monkeypatch.setenv("AUTH_ENABLED", "false")
    guard = Guard("https://auth.example.org", API)
    flask, fastapi = Flask(__name__), FastAPI()

    @flask.get("/data")
    @guard.flask(scope="read")
    def gone() -> None:
        assert g.principal.subject == "auth-disabled"
        abort(410)

    @flask.errorhandler(410)
    def told(error: Exception) -> tuple[str, int]:
        return "it is gone", 410

    @fastapi.get("/data")
    def away(who: Principal = guard.depends()) -> None:  # noqa: B008  # FastAPI's way
        raise HTTPException(410, who.subject)

    @fastapi.get("/own")
    def own(who: Principal = guard.depends()) -> Response:  # noqa: B008  # FastAPI's way
        return JSONResponse({}, 410)

    async def lost(request: Request) -> Response:
        raise HTTPException(410)

    answers: list[Any] = [flask.test_client().get("/data")]
    answers.append(httpx2.get(serve(fastapi) + "/data"))
    answers.append(httpx2.get(serve(guard.asgi(fastapi, open=lambda path: True)) + "/own"))
    answers.append(httpx2.get(serve(Starlette(routes=[Route("/data", guard.starlette()(lost))])) + "/data"))
    assert [(one.status_code, one.headers.get("x-lychgate-auth")) for one in answers] == [(410, "disabled")] * 4
