"""A vendor's API on the loopback address, with the four schemes that the story meets; it checks each of them itself."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lychgate.kernel.challenge import parse_challenges

REALM = "the archive"
Answer = tuple[int, dict[str, str], Any]


@dataclass(slots=True)
class Vendor:
    """``tokens`` are those that it knows, with their end in epoch seconds; ``issued`` are all that there were."""

    user: str
    password: str = field(repr=False)
    key: str = field(repr=False)
    life: float = 3600.0
    url: str = ""
    nonce: str = field(default_factory=secrets.token_hex)
    tokens: dict[str, float] = field(default_factory=dict, repr=False)
    issued: list[str] = field(default_factory=list, repr=False)
    logins: int = 0
    lines: list[str] = field(default_factory=list)

    def issue(self) -> tuple[str, str]:
        """A new token, and its end as an ISO time."""
        token, end = secrets.token_urlsafe(24), time.time() + self.life
        self.tokens[token] = end
        self.issued.append(token)
        self.logins += 1
        return token, datetime.fromtimestamp(end, UTC).isoformat()

    def knows(self, token: str) -> bool:
        return self.tokens.get(token, 0.0) > time.time()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; ``body`` is its JSON, None where it has none."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: Any = field(default=None, repr=False)


@contextmanager
def vendor_api(vendor: Vendor) -> Iterator[Vendor]:
    """The API, on a free port, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            status, fields, content = _answer(vendor, asked)
            vendor.lines.append(f"{self.command} {urlsplit(self.path).path} {status}")
            text = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**fields, "Content-Type": "application/json", "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the story tells it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _answer(vendor: Vendor, asked: Asked) -> Answer:
    way = _WAYS.get(urlsplit(asked.target).path)
    return (404, {}, {"error": "not_found"}) if way is None else way(vendor, asked)


def _by_digest(vendor: Vendor, asked: Asked) -> Answer:
    """RFC 7616 3.4: what the client must have hashed, with SHA-256."""
    given = parse_challenges([asked.headers.get("authorization", "")])
    said = given[0].params if given and given[0].scheme == "digest" else {}
    one = _hash(f"{vendor.user}:{REALM}:{vendor.password}")
    two = _hash(f"{asked.method}:{asked.target}")
    wanted = _hash(f"{one}:{vendor.nonce}:{said.get('nc')}:{said.get('cnonce')}:auth:{two}")
    if said.get("nonce") == vendor.nonce and compare_digest(said.get("response", ""), wanted):
        return _devices(vendor)
    challenge = f'Digest realm="{REALM}", nonce="{vendor.nonce}", qop="auth", algorithm=SHA-256'
    return 401, {"WWW-Authenticate": challenge}, {"error": "digest_wanted"}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _by_key(vendor: Vendor, asked: Asked) -> Answer:
    keys = parse_qs(urlsplit(asked.target).query).get("key", [""])
    return _devices(vendor) if compare_digest(keys[0].encode(), vendor.key.encode()) else _refusal()


def _login(vendor: Vendor, asked: Asked) -> Answer:
    if asked.body != {"username": vendor.user, "password": vendor.password}:
        return 403, {}, {"error": "bad_login"}
    token, ends = vendor.issue()
    return 200, {}, {"data": {"token": token, "ends": ends}}


def _by_token(vendor: Vendor, asked: Asked) -> Answer:
    scheme, _, token = asked.headers.get("x-vendor-auth", "").partition(" ")
    return _devices(vendor) if scheme == "Token" and vendor.knows(token) else _refusal()


def _keystone(vendor: Vendor, asked: Asked) -> Answer:
    """OpenStack Identity API v3: the token is in a header of the answer."""
    user = asked.body["auth"]["identity"]["password"]["user"]
    if (user["name"], user["password"]) != (vendor.user, vendor.password):
        return _refusal()
    token, ends = vendor.issue()
    return 201, {"X-Subject-Token": token}, {"token": {"expires_at": ends, "user": {"name": vendor.user}}}


def _by_openstack(vendor: Vendor, asked: Asked) -> Answer:
    return _devices(vendor) if vendor.knows(asked.headers.get("x-auth-token", "")) else _refusal()


def _devices(vendor: Vendor) -> Answer:
    return 200, {}, {"devices": 7, "user": vendor.user}


def _refusal() -> Answer:
    return 401, {"WWW-Authenticate": "Vendor"}, {"error": "unauthorized"}


_WAYS: dict[str, Callable[[Vendor, Asked], Answer]] = {
    "/digest/devices": _by_digest,
    "/query/devices": _by_key,
    "/login": _login,
    "/token/devices": _by_token,
    "/v3/auth/tokens": _keystone,
    "/cloud/devices": _by_openstack,
}
