"""The short way past ASGI: the same answers however a request is cut, framed or followed by others."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from lychgate.oauth.client_auth import basic
from support.server import Made, Server


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add(grants=("client_credentials",))


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 10) as sock:
        yield sock


def answer(sock: socket.socket, method: str = "POST") -> tuple[int, dict[str, str], bytes]:
    """The next answer on the connection: status, fields in lower case, body."""
    found = HTTPResponse(sock, method=method)
    found.begin()
    return found.status, {name.lower(): value for name, value in found.getheaders()}, found.read()


def request(server: Server, robot: Made, *lines: str, body: bytes = b"grant_type=client_credentials") -> bytes:
    head = [
        "POST /oauth2/token HTTP/1.1",
        f"Host: {urlsplit(server.url).netloc}",
        f"Authorization: {basic(*robot.pair)}",
        "Content-Type: application/x-www-form-urlencoded",
        *(lines or [f"Content-Length: {len(body)}"]),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def is_token(found: tuple[int, dict[str, str], bytes]) -> bool:
    return found[0] == 200 and "access_token" in json.loads(found[2])


def test_a_request_in_single_bytes_is_answered(server: Server, robot: Made) -> None:
    with connected(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(server, robot):
            sock.sendall(bytes([byte]))
        assert is_token(answer(sock))


def test_a_chunked_body_is_answered_like_one_of_stated_length(server: Server, robot: Made) -> None:
    body = b"a\r\ngrant_type\r\n13\r\n=client_credentials\r\n0\r\n\r\n"
    with connected(server) as sock:
        sock.sendall(request(server, robot, "Transfer-Encoding: chunked", body=body))
        chunked = answer(sock)
        sock.sendall(request(server, robot))
        plain = answer(sock)
    assert is_token(chunked)
    assert is_token(plain)
    assert {
        name: chunked[1][name] for name in chunked[1] if name not in ("date", "x-request-id", "content-length")
    } == {name: plain[1][name] for name in plain[1] if name not in ("date", "x-request-id", "content-length")}


def test_pipelined_requests_are_answered_in_their_order(server: Server, robot: Made) -> None:
    get = f"GET /jwks HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n\r\n".encode()
    with connected(server) as sock:
        sock.sendall(request(server, robot) + get + request(server, robot) + get)
        reading = sock.makefile("rb")
        kinds = []
        for _ in range(4):
            found = HTTPResponse(_Again(reading))  # type: ignore[arg-type]  # what HTTPResponse asks of a socket
            found.begin()
            kinds.append(next(iter(json.loads(found.read()))))
    assert kinds == ["access_token", "keys", "access_token", "keys"]


class _Again:
    """A socket whose answers are read one after another from the same file."""

    def __init__(self, file: object) -> None:
        self._file = file

    def makefile(self, mode: str) -> object:
        return _Open(self._file)


class _Open:
    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def close(self) -> None: ...


def test_connection_close_is_kept(server: Server, robot: Made) -> None:
    with connected(server) as sock:
        sock.sendall(request(server, robot, "Content-Length: 29", "Connection: close"))
        found = answer(sock)
        assert is_token(found)
        assert found[1]["connection"] == "close"
        assert sock.recv(1) == b""


def test_a_head_request_gets_no_body(server: Server) -> None:
    with connected(server) as sock:
        sock.sendall(f"HEAD /jwks HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n\r\n".encode())
        status, fields, body = answer(sock, "HEAD")
    assert status == 200
    assert int(fields["content-length"]) > 0
    assert body == b""


def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read(server: Server, robot: Made) -> None:
    with connected(server) as sock:
        sock.sendall(request(server, robot, "Content-Length: 1000000", body=b""))
        status, fields, _ = answer(sock)
        assert status == 413
        assert fields["connection"] == "close"


def test_an_error_in_a_field_keeps_the_connection(server: Server, robot: Made) -> None:
    with connected(server) as sock:
        sock.sendall(request(server, robot, body=b"grant_type=nonsense"))
        status, fields, _ = answer(sock)
        assert status == 400
        assert "connection" not in fields
        sock.sendall(request(server, robot))
        assert is_token(answer(sock))


def test_a_caller_that_hangs_up_in_the_middle_harms_nobody(server: Server, robot: Made) -> None:
    for cut in (10, 150, -1):
        with connected(server) as sock:
            sock.sendall(request(server, robot)[:cut])
    with connected(server) as sock:
        sock.sendall(request(server, robot))
        assert is_token(answer(sock))
