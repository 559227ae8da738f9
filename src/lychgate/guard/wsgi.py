"""The guard as WSGI middleware (PEP 3333): the application behind it sees only calls with an accepted token."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from lychgate.oauth import client_cert

from .call import Call
from .principal import Principal
from .published import HEADERS, Published
from .refusal import Refusal
from .sender import Sender, behind
from .switch import HEADER, Switch

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

STATE = "lychgate.principal"


class Gate(Protocol):
    """What the middleware needs of a guard."""

    published: Published
    switch: Switch

    def admit(self, call: Call) -> Principal: ...


class GuardedWsgi:
    """``app`` behind ``gate``; a handler finds the caller in ``environ["lychgate.principal"]``.

    Paths for which ``open`` says yes are for everybody; they are paths within ``app`` (``PATH_INFO``).
    """

    def __init__(self, app: WsgiApp, gate: Gate, open: Callable[[str], bool]) -> None:
        self._app, self._gate, self._open = app, gate, open

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start = start_response if self._gate.switch.on else _marked(start_response)
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if self._gate.published.answers(method, environ.get("SCRIPT_NAME", "") + path, path):
            return _answer(method, start, 200, HEADERS, self._gate.published.body())
        if not self._open(path):
            try:
                environ[STATE] = self._gate.admit(call_of(environ))
            except Refusal as refusal:
                return _answer(method, start, refusal.status, refusal.headers(), refusal.body())
        return self._app(environ, start)


def call_of(environ: Environ) -> Call:
    """What the guard looks at of a request. A field that stood twice arrives joined by a comma, and is refused."""
    value = environ.get("HTTP_AUTHORIZATION")
    ends = (environ.get("REMOTE_ADDR") or None,)
    values = [] if value is None else [value]
    return Call(values, environ.get("QUERY_STRING", ""), ends, functools.partial(sender_of, environ))


def sender_of(environ: Environ) -> Sender:
    """What a request shows of its sender; the certificate is where mod_ssl has it (``SSL_CLIENT_CERT``)."""
    proof, handed = environ.get("HTTP_DPOP"), environ.get(f"HTTP_{client_cert.FIELD.upper().replace('-', '_')}", "")
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
    url = f"{environ.get('wsgi.url_scheme', 'http')}://{host}{_path(environ)}"
    shown = client_cert.from_pem(environ.get("SSL_CLIENT_CERT", ""))
    said = [environ.get(f"HTTP_{name}") for name in ("X_FORWARDED_FOR", "X_REAL_IP", "FORWARDED")]
    asks = behind(filter(None, said[:2]), filter(None, said[2:]))
    return Sender(environ["REQUEST_METHOD"], url, [] if proof is None else [proof], shown, handed, asks)


def _path(environ: Environ) -> str:
    """As it was sent, where the server says so; else escaped anew, but for what a path may hold (RFC 3986 3.3)."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw:
        return raw.partition("?")[0] if raw.startswith("/") else urlsplit(raw).path
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~")


def _marked(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Every answer says that nobody was asked for a token."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, HEADER], *rest)

    return start


def _answer(
    method: str, start: Callable[..., Any], status: int, headers: Iterable[tuple[str, str]], body: bytes
) -> Iterable[bytes]:
    """To HEAD without the body, which some servers would send on, in front of the next answer."""
    start(f"{status} {HTTPStatus(status).phrase}", [*headers, ("content-length", str(len(body)))])
    return [b"" if method == "HEAD" else body]
