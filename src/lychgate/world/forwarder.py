"""A server on the loopback address that forwards to one origin and adds a credential, for tools that know of none.

Who uses it must know its password (HTTP Basic, RFC 7617): other users of the machine, and pages in a browser, do not.
Nothing is followed or stored; what a tool sends as its own credential is not passed on.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from lychgate.kernel.errors import LoginNeeded, LychgateError, TransientError

if TYPE_CHECKING:
    import httpx2

    from .auth import Auth

USER = "lychgate"
PIECE = 64 * 1024  # bytes
PATIENCE = 120.0  # seconds for each read from either side

# RFC 9110 7.6.1, and what belongs to the connection with us
_OF_THE_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    "upgrade host authorization expect".split()
)


class Forwarder(ThreadingHTTPServer):
    """``target`` is an origin (``https://api.example.org``). ``password`` is shown once, to who started it.

    ``alias`` is one more name that it has, for tools that tell hosts apart by their names.
    """

    daemon_threads = True

    def __init__(self, credential: Auth, target: str, port: int = 0, alias: str = "") -> None:
        import httpx2

        held: Any = credential
        self.target, self.password = target.rstrip("/"), secrets.token_urlsafe(24)
        self._names = ("127.0.0.1", "localhost", *([alias] if alias else []))
        self.client = httpx2.Client(auth=held, timeout=PATIENCE, follow_redirects=False, **held.connection())
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def knows(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        wanted = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        return scheme.lower() == "basic" and hmac.compare_digest(given.strip().encode(), wanted.encode())

    def names(self, host: str) -> bool:
        """Whether a request was meant for us: a page of elsewhere that leads its own name here is refused."""
        return host in {f"{name}:{self.server_address[1]}" for name in self._names}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A tool that has gone away in the middle is no matter for a traceback."""

    def server_close(self) -> None:
        super().server_close()
        self.client.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "lychgate", ""
    timeout = PATIENCE

    def _forward(self) -> None:
        self.close_connection = True
        if not self._gate.names(self.headers.get("Host", "")):
            return self._say(400, "The Host field does not name this server.")
        if not self._gate.knows(self.headers.get("Authorization", "")):
            return self._say(401, "Give the password that was shown at the start.", ("WWW-Authenticate", "Basic"))
        if self.headers.get("Transfer-Encoding"):
            return self._say(411, "Send a body with its Content-Length.")
        if not self.path.startswith("/") or not (self.headers.get("Content-Length") or "0").isdecimal():
            return self._say(400, "Send the path alone, and a body's length in digits.")
        try:
            self._pass_on()
        except LoginNeeded as error:
            self._say(502, f"{error}")
        except TransientError as error:
            self._say(503, f"{error}")
        except (LychgateError, OSError, self._httpx.HTTPError) as error:
            self._say(502, f"{self._gate.target}: {type(error).__name__}")
        return None

    def _pass_on(self) -> None:
        fields = [(name, value) for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP]
        body, client = self._body(), self._gate.client
        asked = client.build_request(self.command, self._gate.target + self.path, headers=fields, content=body)
        for name in set(asked.headers) - {name.lower() for name, _ in fields} - {"host", "content-length"}:
            del asked.headers[name]  # what the client adds of itself: the tool has said what it accepts
        response = client.send(asked, stream=True)
        try:
            self._answer(response)
        finally:
            response.close()

    def _answer(self, response: httpx2.Response) -> None:
        self.send_response(response.status_code)
        for name, value in response.headers.multi_items():
            if name.lower() not in _OF_THE_HOP:
                self.send_header(name, self._led_here(value) if name.lower() == "location" else value)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            for piece in response.iter_raw():
                self.wfile.write(piece)

    def _led_here(self, location: str) -> str:
        """A redirect within the target comes back to us; another one is the tool's own, and goes without us."""
        rest = location.removeprefix(self._gate.target)
        return f"http://{self.headers['Host']}{rest}" if rest != location and rest[:1] in ("", "/", "?") else location

    def _body(self) -> bytes | Iterator[bytes] | None:
        length = int(self.headers.get("Content-Length") or 0)
        if length <= PIECE:
            return self.rfile.read(length) if length > 0 else None
        return self._pieces(length)  # streamed: such a request is not sent again after a 401

    def _pieces(self, length: int) -> Iterator[bytes]:
        while length > 0:
            piece = self.rfile.read(min(length, PIECE))
            if not piece:
                raise ConnectionError("the tool stopped in the middle of its body")
            length -= len(piece)
            yield piece

    def _say(self, status: int, text: str, *fields: tuple[str, str]) -> None:
        body = f"{text}\n".encode()
        self.send_response(status)
        for name, value in (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), *fields):
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    @property
    def _gate(self) -> Forwarder:
        assert isinstance(self.server, Forwarder)
        return self.server

    @property
    def _httpx(self) -> Any:
        import httpx2

        return httpx2

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request's path is the tool's own business."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _forward
