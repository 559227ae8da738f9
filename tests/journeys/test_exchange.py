"""A person logs in at one program, a service exchanges the token for the next one's, whose guard sees who acts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
import requests
import uvicorn

import lychgate
from lychgate.guard import Guard
from lychgate.kernel.errors import Refused
from lychgate.oauth import jose
from support.abroad import Abroad
from support.app import added
from support.relying import EMAIL, PASSWORD
from support.server import Made, Server, poll, running
from support.swap import BEARER, EXCHANGE

A, B = "https://a.example", "https://b.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("journey") / "data") as started:
        started.user_add(EMAIL, PASSWORD, name="ada")
        yield started


@pytest.fixture(scope="module")
def service(server: Server) -> Made:
    grants = ["client_credentials", EXCHANGE, BEARER]
    return server.client_add("service", grants=grants, scopes=("read",), audiences=(B,), resources=(A,))


async def who(scope: Any, receive: Any, send: Any) -> None:
    found = scope["lychgate.principal"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": f"{found.user_id} by {' '.join(found.actors)}".encode()})


@contextmanager
def guarded(**options: Any) -> Iterator[str]:
    """A small API behind a guard; answers its URL."""
    api = uvicorn.Server(uvicorn.Config(Guard(**options).asgi(who), port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=api.run, daemon=True)
    thread.start()
    poll(lambda: api.started, 20)
    yield f"http://127.0.0.1:{api.servers[0].sockets[0].getsockname()[1]}/"
    api.should_exit = True
    thread.join(10)


def source(server: Server, made: Made, kind: Any, **more: Any) -> Any:
    return kind(issuer=server.issuer, client_id=made.id, client_secret=made.secret, **more)


@pytest.mark.parametrize("way", ["keys", "introspection"])
def test_the_next_service_sees_for_whom_it_is_called_and_by_whom(server: Server, service: Made, way: str) -> None:
    held = added(server, audiences=(A,), scopes=("read",)).by("code")  # somebody logs in, and calls the service
    sub = jose.peek(held["access_token"])[1]["sub"]
    exchange = source(
        server,
        service,
        lychgate.TokenExchange,
        subject=held["access_token"],
        actor=source(server, service, lychgate.ClientCredentials),
        audience=B,
    )
    api = server.client_add(resources=(B,))
    asks: dict[str, Any] = {"introspect": (api.id, api.secret), "keys": False} if way == "introspection" else {}
    with guarded(issuer=server.issuer, audience=B, **asks) as url:
        auth = lychgate.auth(exchange, store="memory", origins=[url])
        assert requests.get(url, auth=auth, timeout=10).text == f"{sub} by service"
        assert httpx2.get(url, auth=auth).text == f"{sub} by service"  # one token for both
        bare = {"Authorization": f"Bearer {held['access_token']}"}
        assert httpx2.get(url, headers=bare).status_code == 401  # what the person's own program had is not for it


def test_an_assertion_that_is_signed_here_brings_a_persons_token(server: Server, service: Made) -> None:
    abroad = Abroad()
    abroad.trusted_by(server)
    key = lychgate.Secret(abroad.key.as_pem(private=True).decode())
    signed = source(server, service, lychgate.JwtBearer, key=key, subject="ada", assertion_issuer=abroad.url)
    with guarded(issuer=server.issuer, audience=B) as url:
        auth = lychgate.auth(signed, store="memory", origins=[url])
        assert requests.get(url, auth=auth, timeout=10).status_code == 200
        first = auth.token().access.reveal()
        auth.forget()
        assert auth.token().access.reveal() != first  # a new assertion with a jti of its own
    given = source(server, service, lychgate.JwtBearer, assertion=abroad.sign(server.issuer))
    auth = lychgate.auth(given, store="memory", origins=[server.url])
    assert auth.token()
    auth.forget()
    with pytest.raises(Refused, match="used before"):
        auth.token()


def test_a_refusal_is_in_the_servers_words_and_holds_no_token(server: Server, service: Made) -> None:
    foreign = Abroad("https://nobody.example").sign(server.issuer)
    exchange = source(server, service, lychgate.TokenExchange, subject=foreign, subject_type="jwt")
    with pytest.raises(Refused, match="not trusted") as caught:
        lychgate.auth(exchange, store="memory", origins=[server.url]).token()
    assert foreign not in str(caught.value)
