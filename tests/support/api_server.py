"""A small API on a loopback port of its own, and the token endpoint behind it: an origin, on a real socket.

It writes down each request that it gets. Two of them are two origins.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from support.tls import Tls

from .web import served


@dataclass(frozen=True)
class Seen:
    """A request that arrived; ``path`` without its query, ``certificate`` of its connection in DER."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    certificate: bytes | None = None

    def __contains__(self, text: str) -> bool:
        """Whether the text stands anywhere in it."""
        return text in json.dumps([self.path, self.query, self.headers, self.body.decode("latin-1")])


@dataclass
class Api:
    """``allow`` says whether a request is let in; ``/to?url=...&code=...`` redirects, everybody, ``/free`` is open."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    allow: Callable[[Seen], bool] = lambda seen: True
    refusal: int = 401
    token: str = "token-0"
    issued: int = 0
    token_delay: float = 0.0
    together: threading.Barrier | None = None
    instead: Callable[[Seen], tuple[int, dict[str, str], bytes] | None] = lambda seen: None

    def at(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def bearer(self) -> Api:
        """Let in who brings the current token."""
        self.allow = lambda seen: seen.headers.get("authorization") == f"Bearer {self.token}"
        return self


@contextmanager
def serve_api(tls: Tls | None = None, clients: Path | None = None) -> Iterator[Api]:
    """``clients``: the authority whose certificates clients may show."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            shown = self.connection.getpeercert(True) if isinstance(self.connection, ssl.SSLSocket) else None
            seen = Seen(self.command, parts.path, parse_qs(parts.query), headers, self.body(), shown)
            api.seen.append(seen)
            self.reply(*respond(api, seen))

        do_GET = do_POST = do_PUT = answer

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                chunks = []
                while size := int(self.rfile.readline(), 16):
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(chunks)
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def reply(self, status: int, fields: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.cert, tls.key)
        if clients is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(clients)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    api.url = f"http{'' if tls is None else 's'}://127.0.0.1:{server.server_port}"
    with served(server):
        yield api


def respond(api: Api, seen: Seen) -> tuple[int, dict[str, str], bytes]:
    if (special := api.instead(seen)) is not None:
        return special
    if seen.path == "/token":
        return _issue(api)
    if seen.path == "/to":
        return int(seen.query.get("code", ["302"])[0]), {"Location": _location(api, seen)}, b""
    if seen.path != "/free" and not api.allow(seen):
        if api.together is not None:
            api.together.wait(10)
        return api.refusal, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, b"no"
    return 200, {"Content-Type": "text/plain"}, b"yes"


def _location(api: Api, seen: Seen) -> str:
    """Where to; with ``echo`` the whole query that came goes along, as many servers do it."""
    target = seen.query["url"][0]
    if "echo" not in seen.query:
        return target
    rest = [(name, value) for name, values in seen.query.items() if name != "url" for value in values]
    return f"{target}?{urlencode(rest)}"


_issuing = threading.Lock()


def _issue(api: Api) -> tuple[int, dict[str, str], bytes]:
    time.sleep(api.token_delay)
    with _issuing:
        api.issued += 1
        api.token = f"token-{api.issued}-fresh"
        return 200, {"Content-Type": "application/json"}, json.dumps({"access_token": api.token}).encode()
