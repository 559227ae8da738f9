"""An API that writes down what reaches it: a real HTTP server on a loopback port, for tests of credentials."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it came; header names in lower case."""

    path: str
    query: tuple[tuple[str, str], ...] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Recorder:
    """``/ok`` is 200, ``/refuse`` 401, ``/away?to=URL`` a redirect there.

    ``challenge``: what a request without ``Authorization`` gets in ``WWW-Authenticate``, with a 401, at any of them.
    """

    def __init__(self, challenge: str = "") -> None:
        self.challenge, self.arrived = challenge, list[Arrived]()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.recorder = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, arrived: Arrived) -> tuple[int, dict[str, str]]:
        """(status, header fields)."""
        self.arrived.append(arrived)
        if arrived.path == "/refuse" or (self.challenge and "authorization" not in arrived.headers):
            return 401, {"WWW-Authenticate": self.challenge or 'Bearer error="invalid_token"'}
        if arrived.path == "/away":
            return 302, {"Location": dict(arrived.query)["to"]}
        return 200, {}

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    recorder: Recorder


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        arrived = Arrived(parts.path, tuple(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
        status, extra = cast(_Server, self.server).recorder.answer(arrived)
        self.send_response_only(status)
        for name, value in {**extra, "Content-Length": "0", "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    do_POST = do_GET

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: Any) -> None:
        """Credentials are in these requests: nothing is logged."""
