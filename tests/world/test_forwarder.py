"""The server that adds a credential for tools that know of none: urllib is the tool."""

from __future__ import annotations

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection

import pytest

import lychgate
from lychgate.world.forwarder import USER, Forwarder
from support.api_server import Api, serve_api


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as served:
        yield served.bearer()


@contextmanager
def forwarding(target: str, token: str = "token-0") -> Iterator[Forwarder]:
    server = Forwarder(lychgate.auth(lychgate.Bearer(token), origins=[target]), target)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def ask(server: Forwarder, path: str, body: bytes | None = None, **fields: str) -> tuple[int, Message, bytes]:
    """A request as a tool sends it that has been given user and password."""
    basic = base64.b64encode(f"{USER}:{server.password}".encode()).decode()
    request = urllib.request.Request(server.url + path, body, {"Authorization": f"Basic {basic}", **fields})
    try:
        with OPENER.open(request, timeout=20) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())


def test_the_credential_is_added_and_the_tools_own_is_not_passed_on(api: Api) -> None:
    with forwarding(api.url) as server:
        status, _, _ = ask(server, "/data?x=1&y=%2F", **{"X-Mine": "kept", "User-Agent": "tool/1"})
        assert status == 200
        (seen,) = api.at("/data")
        assert seen.headers["authorization"] == "Bearer token-0"
        assert seen.query == {"x": ["1"], "y": ["/"]}
        assert (seen.headers["x-mine"], seen.headers["user-agent"]) == ("kept", "tool/1")
        assert server.password not in seen


def test_a_body_goes_through_small_and_large(api: Api) -> None:
    with forwarding(api.url) as server:
        for size in (0, 10, 300_000):
            assert ask(server, "/in", b"x" * size, **{"Content-Type": "application/octet-stream"})[0] == 200
        assert [len(seen.body) for seen in api.at("/in")] == [0, 10, 300_000]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 401),
        ({"Authorization": "Basic bHljaGdhdGU6d3Jvbmc="}, 401),
        ({"Authorization": "Bearer token-0"}, 401),
        ({"Host": "evil.example.org"}, 400),
        ({"Host": "evil.example.org:80"}, 400),
        ({"Transfer-Encoding": "chunked"}, 401),
    ],
)
def test_whoever_does_not_know_the_password_or_means_another_host_gets_nothing(
    api: Api, fields: dict[str, str], status: int
) -> None:
    with forwarding(api.url) as server:
        connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        connection.putrequest("GET", "/data", skip_host="Host" in fields)
        for name, value in fields.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == status
        assert server.password not in response.read().decode()
        connection.close()
    assert api.seen == []


def test_a_redirect_at_home_comes_back_and_another_goes_without_the_credential(api: Api) -> None:
    with serve_api() as other, forwarding(api.url) as server:
        home = ask(server, f"/to?url={api.url}/data&code=302")
        assert (home[0], home[1]["Location"]) == (302, f"{server.url}/data")
        away = ask(server, f"/to?url={other.url}/data&code=302")
        assert (away[0], away[1]["Location"]) == (302, f"{other.url}/data")
        near = ask(server, f"/to?url={api.url}1/data&code=302")  # the target's name with more behind it
        assert near[1]["Location"] == f"{api.url}1/data"
        assert other.seen == []


def test_an_api_that_is_away_and_one_that_refuses_are_told_apart(api: Api) -> None:
    with forwarding(api.url, "wrong") as server:
        assert ask(server, "/data")[0] == 401
    with serve_api() as gone:
        url = gone.url
    with forwarding(url) as server:
        status, _, body = ask(server, "/data")
        assert status == 502
        assert url.encode() in body
        assert b"token-0" not in body


def test_twenty_tools_at_once_are_served(api: Api) -> None:
    answers: list[int] = []
    with forwarding(api.url) as server:
        tools = [threading.Thread(target=lambda: answers.append(ask(server, "/data")[0])) for _ in range(20)]
        for tool in tools:
            tool.start()
        for tool in tools:
            tool.join(30)
    assert answers == [200] * 20
    assert len(api.at("/data")) == 20
    assert json.dumps([seen.headers for seen in api.seen]).count("Bearer token-0") == 20
