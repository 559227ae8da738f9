"""A token endpoint that can go wrong in every way: a real HTTP server on a loopback port, for tests of clients.

    with ChaosIssuer(rotate=True, grace=0) as issuer:
        issuer.plan(faults.status(502), faults.half())
        ...
        assert issuer.token_requests == 3

It issues opaque tokens for the usual grants, has an API that accepts them, publishes its metadata, counts what it is
asked, and refuses a refresh token that was used before (the whole login then is dead). Whoever opens its pages has
allowed what they ask: it is for tests alone. ``ways`` are token endpoints of no standard, by path.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from lychgate.oauth import authorization, device
from lychgate.oauth.error import OAuthError
from lychgate.oauth.metadata import paths

from .faults import Fault
from .grants import Grants

ENDPOINT = "/token"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came; ``fields`` are those of the query and the form."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    at: float = 0.0
    body: bytes = field(repr=False, default=b"")


Way = Callable[[Seen], tuple[dict[str, str], dict[str, Any]]]  # header fields and members of a token's answer


class ChaosIssuer(Grants):
    """``lifetime`` of access tokens in seconds; ``clock`` seconds that its clock is ahead; see ``Grants`` for the rest.

    ``changes`` are put over each token reply (a value of None takes the member away).
    """

    def __init__(self, *, clock: float = 0.0, changes: Mapping[str, Any] | None = None, **grants: Any) -> None:
        super().__init__(**grants)
        self.clock, self.changes = clock, dict(changes or {})
        self.seen: list[Seen] = []
        self.ways: dict[str, Way] = {ENDPOINT: self._oauth}
        self._planned: deque[Fault] = deque()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.issuer = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The issuer; ``/token`` is its token endpoint, ``/api`` the API that accepts its tokens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def token_endpoint(self) -> str:
        return self.url + ENDPOINT

    @property
    def api(self) -> str:
        return self.url + "/api"

    @property
    def token_requests(self) -> int:
        return sum(seen.path in self.ways for seen in list(self.seen))

    def plan(self, *planned: Fault) -> None:
        """What the next token requests meet, one fault each; after that all goes well."""
        self._planned.extend(planned)

    def now(self) -> float:
        """Its own clock, epoch seconds."""
        return time.time() + self.clock

    def answer(self, seen: Seen) -> tuple[int, dict[str, str], bytes, Fault]:
        """(status, headers, body, what goes wrong with it)."""
        self.seen.append(seen)
        if seen.path in self.ways:
            return self._token(seen)
        if seen.path in paths(""):
            return 200, {}, json.dumps(self._document()).encode(), Fault()
        pages = {"/authorize": self._authorize, "/device": self._device, "/register": self._register}
        return (*pages.get(seen.path, self._api)(seen), Fault())

    def _document(self) -> dict[str, Any]:
        ends = {"token_endpoint": ENDPOINT, "authorization_endpoint": "/authorize"}
        ends["device_authorization_endpoint"] = "/device"
        ways = {"response_types_supported": ["code"], "authorization_response_iss_parameter_supported": True}
        return {"issuer": self.url, **ways, **{name: self.url + path for name, path in ends.items()}}

    def _token(self, seen: Seen) -> tuple[int, dict[str, str], bytes, Fault]:
        fault = self._planned.popleft() if self._planned else Fault(acted=True)
        status, body = 200, dict[str, Any]()
        fields: dict[str, str] = {}
        if fault.acted:
            try:
                fields, reply = self.ways[seen.path](seen)
                body = {name: value for name, value in {**reply, **self.changes}.items() if value is not None}
            except OAuthError as error:
                status, body = error.status, error.body()
        raw = json.dumps(body).encode() if fault.body is None else fault.body
        return fault.status or status, {"Cache-Control": "no-store", **fields, **fault.headers}, raw, fault

    def _oauth(self, seen: Seen) -> tuple[dict[str, str], dict[str, Any]]:
        audiences = (self.url, self.token_endpoint)
        kind = {"token_type": "DPoP"} if "dpop" in seen.headers else {}  # whether a proof is right is not its business
        return {}, self.grant(seen.headers.get("authorization"), seen.fields, audiences, self.now()) | kind

    def _authorize(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        asked = seen.fields
        code = self.authorized(asked.get("client_id", ""), asked.get("code_challenge", ""))
        back = authorization.success(code, asked.get("state"), self.url)
        return 302, {"Location": authorization.with_params(asked.get("redirect_uri", self.url), back)}, b""

    def _device(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        if seen.method == "GET":
            self.confirm(seen.fields.get("user_code", ""))
            return 200, {"Content-Type": "text/plain"}, b"confirmed"
        started = device.reply(*self.device_login(self.client_of(seen)), self.url + "/device", 60, 1)
        return 200, {}, json.dumps(started).encode()

    def client_of(self, seen: Seen) -> str:
        """Who sent it. Raises ``OAuthError``."""
        audiences = (self.url, self.token_endpoint, self.url + "/device")
        return self._client(seen.headers.get("authorization"), seen.fields, audiences, self.now())

    def _register(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        return 302, {"Location": self.url + "/registered"}, b""

    def _api(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        scheme, _, token = seen.headers.get("authorization", "").partition(" ")
        if scheme.lower() in ("bearer", "dpop") and self.accepts(token, self.now()):
            return 200, {}, b'{"hello": "you"}'
        return 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, b'{"error": "invalid_token"}'

    def __enter__(self) -> ChaosIssuer:
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
    issuer: ChaosIssuer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is none of our worries."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        issuer, begun = cast(_Server, self.server).issuer, time.time()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        given = f"{parts.query}&{body.decode('utf-8', 'replace')}"
        fields = dict(parse_qsl(given, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, extra, raw, fault = issuer.answer(Seen(self.command, parts.path, headers, fields, begun, body))
        if fault.after:
            time.sleep(fault.after)
        self._send(status, extra, raw, fault, issuer.now())

    do_POST = do_GET

    def _send(self, status: int, extra: Mapping[str, str], raw: bytes, fault: Fault, now: float) -> None:
        if fault.cut == -1:
            self.close_connection = True
            return
        self.send_response_only(status)
        for name, value in {"Date": formatdate(now, usegmt=True), "Content-Type": "application/json", **extra}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw if fault.cut is None else raw[: fault.cut])
        self.close_connection = self.close_connection or fault.cut is not None

    def log_message(self, format: str, *args: Any) -> None:
        """Tokens are in these requests: nothing is logged."""
