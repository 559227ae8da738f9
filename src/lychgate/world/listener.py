"""The HTTP side of the loopback listener: it answers whatever arrives, and hands on what may be our redirect.

It is on 127.0.0.1 alone. Nothing is logged, since the address of the redirect holds the code; a connection that says
nothing or drips is cut off, and however many are opened, the newest (the person's browser) gets through.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import pages

HOST = "127.0.0.1"
OPEN = 64  # connections at once; the oldest gives way
QUIET = 5.0  # seconds that a connection may say nothing
VERDICT = 60.0  # seconds that a browser waits for the exchange of its code


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A redirect that may be ours; ``verdict`` is the page to show for it, ``written`` tells that it has been."""

    params: Mapping[str, str] = field(repr=False)
    verdict: Future[pages.Page] = field(default_factory=Future)
    written: threading.Event = field(default_factory=threading.Event)

    def turn_away(self, page: pages.Page) -> None:
        """It is not ours."""
        self.verdict.set_result(page)


class Pasted(Arrival):
    """A redirect that the person brought by hand: there is no browser to show a page to."""

    def __init__(self, params: Mapping[str, str]) -> None:
        super().__init__(params)
        self.written.set()

    def turn_away(self, page: pages.Page) -> None:
        sys.stderr.write("That address belongs to another login. This one still waits.\n")


class Listener(ThreadingHTTPServer):
    """Bound when made (``OSError`` where it cannot be). Arrivals are put into ``arrivals``."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = os.name == "posix"  # elsewhere it would let another program take the port as well

    def __init__(self, port: int, program: str, arrivals: queue.Queue[Arrival]) -> None:
        self.program, self.arrivals = program, arrivals
        self._open: dict[socket.socket, None] = {}
        self._guard = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own would ask the resolver for this machine's name
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open[request] = None
            oldest = next(iter(self._open)) if len(self._open) > OPEN else None
        if oldest is not None:
            _cut(oldest)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def cut_off(self) -> None:
        """End every connection that is still open."""
        with self._guard:
            still = list(self._open)
        for connection in still:
            _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is nobody's business; the default would print its traceback."""


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: Listener  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other
    timeout = QUIET
    server_version, sys_version = "Lychgate", ""

    def do_GET(self) -> None:
        status, params = self._read()
        if status != 200:
            return self._reply(pages.nothing_here(status, self.server.program))
        arrival = Arrival(params)
        self.server.arrivals.put(arrival)
        try:
            self._reply(arrival.verdict.result(VERDICT))
        except TimeoutError:
            self._reply(pages.nothing_here(503, self.server.program))
        finally:
            arrival.written.set()

    def do_HEAD(self) -> None:
        self._reply(pages.nothing_here(405, self.server.program), {"Allow": "GET"})

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_HEAD

    def _read(self) -> tuple[int, dict[str, str]]:
        """200 and the parameters of what may be our redirect, else the status of its answer."""
        port = self.server.server_port
        if self.headers.get("Host", "") not in (f"{HOST}:{port}", f"localhost:{port}"):
            return 421, {}  # a name that was made to lead here
        if self.headers.get("Sec-Purpose") or self.headers.get("Purpose"):
            return 503, {}  # a browser that looks ahead: the person has not come yet
        parts = urlsplit(self.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        params = dict(pairs)
        if parts.path not in ("", "/") or "state" not in params:
            return 404, {}
        return (200, params) if len(params) == len(pairs) else (400, {})

    def _reply(self, page: pages.Page, more: Mapping[str, str] | None = None) -> None:
        body = page.render()
        self.send_response(page.status)
        for name, value in {**pages.headers(), **(more or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class calls for a request that it cannot read."""
        self.close_connection = True
        self._reply(pages.nothing_here(int(code), self.server.program))

    def log_message(self, format: str, *args: Any) -> None:
        """No access log."""
