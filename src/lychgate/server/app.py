"""The one outer ASGI callable: host, proxy and size checks, then a dictionary of paths, then the facades' late apps.

Here, and only here, an error becomes an answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from lychgate.kernel.errors import TransientError
from lychgate.kernel.http import DEFAULT_PORTS
from lychgate.oauth.error import OAuthError

from . import endpoints
from .bound.client_certificates import HEADER, from_header
from .clock import steady
from .endpoints import nowhere
from .endpoints.admin import AdminRoutes
from .engine import Engine, unavailable
from .exchange import Answer, Call, Receive, Scope, Send, error_answer
from .facades import FACADES
from .facades.facade import App as LateApp
from .facades.facade import Facade, Handler
from .issuers.realm_routes import RealmRoutes
from .running import operations
from .stores.store import StoreUnavailable

HEADERS = 32 * 1024  # bytes of header fields at most
ONCE = (b"authorization", b"host", b"content-type", b"content-length", b"dpop", b"client-cert")

log = logging.getLogger("lychgate.server")
access = logging.getLogger("lychgate.server.access")


class App:
    """Answers for one engine; ``port`` is the one that is listened on."""

    def __init__(self, engine: Engine, port: int) -> None:
        self._engine, self._access = engine, engine.config.access_log
        self._paths = _paths(engine)
        self._known: set[str] = set()
        self.plain: dict[tuple[bytes, bytes], tuple[str, str]] = {}
        self._learn(self._paths)
        self._admin, self._realms = AdminRoutes(engine), RealmRoutes(engine, self._learn)
        self._late = [_Late(engine, facade) for facade in FACADES]
        self._hosts = {host.encode() for host in _hosts(engine.issuer.url, port)}
        self._proxies = frozenset(engine.config.trusted_proxies)
        self._by_proxy = engine.config.certificates_from == "proxy"
        self._prefix, self._count = os.urandom(4).hex(), 0

    def _learn(self, table: Mapping[str, Mapping[str, Handler]]) -> None:
        """Let requests to these paths go the short way, and be counted by path."""
        self._known |= table.keys()
        pairs = [(method, path) for path, methods in table.items() for method in methods]
        self.plain |= {(method.encode(), path.encode()): (method, path) for method, path in pairs}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            answer, id = await self._respond(scope, receive, send)
            if answer is not None:
                await answer.send(send, id)

    async def respond(self, scope: Scope, receive: Receive) -> tuple[Answer, str]:
        """The answer to a request of ``plain``, and the request's id; ``scope`` needs no more than ``Call`` reads."""
        answer, id = await self._respond(scope, receive, _unsent)
        assert answer is not None
        return answer, id

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> tuple[Answer | None, str]:
        """The answer and the request's id; no answer where a late app has sent its own."""
        self._count += 1
        id, began = f"{self._prefix}-{self._count:x}", steady()
        lines = scope["headers"]
        headers = dict(lines)
        try:
            self._check(lines, headers)
            if self._engine.stale():
                await self._engine.catch_up()
            if HEADER in headers and self._by_proxy:
                self._take_certificate(scope, headers)
            call = Call(scope, receive, headers, self._address(scope, headers), id)
            answer = await self._answer(call, scope, send)
        except Exception as error:
            answer = self._refusal(self._told(error, id), scope["path"])
        path = scope["path"]
        if answer is not None:
            status = answer.status
            self._engine.meter.requests[path if path in self._known else "other", status] += 1
        else:
            status = scope["status"]
            self._engine.meter.requests[late_route(scope) or "other", status] += 1
        if self._access:
            _log(scope, id, status, steady() - began)
        return answer, id

    async def _answer(self, call: Call, scope: Scope, send: Send) -> Answer | None:
        """The answer; None where a late app has sent its own."""
        path = call.path
        methods = self._paths.get(path) or self._admin.methods(path) or self._realms.methods(path)
        if methods is not None:
            handler = methods.get(call.method) or (methods.get("GET") if call.method == "HEAD" else None)
            if handler is not None:
                return await handler(call)
            raise _refusal(405, f"use {' or '.join(methods)}", Allow=", ".join(methods))
        for late in self._late:
            if late.serves(call.path):
                await late(call, scope, send)
                return None
        return await nowhere.answer(self._engine, call)

    def _check(self, lines: list[tuple[bytes, bytes]], headers: Mapping[bytes, bytes]) -> None:
        if sum([len(name) + len(value) for name, value in lines]) > HEADERS:
            raise _refusal(431, f"the header fields are longer than {HEADERS} bytes", Connection="close")
        host = headers.get(b"host", b"")
        if host not in self._hosts and host.lower() not in self._hosts:
            raise _refusal(400, "the Host field names neither the issuer nor a loopback name of this port")
        if len(headers) != len(lines):
            names = [name for name, _ in lines]
            if any(names.count(name) > 1 for name in ONCE):
                raise _refusal(400, "a header field stands twice that may stand once")

    def _address(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """The caller's address; what a trusted proxy says about it is believed, from the nearest hop outward."""
        peer: str = (scope["client"] or ("",))[0]
        if peer not in self._proxies:
            return peer
        for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
            if hop.strip() and hop.strip() not in self._proxies:
                return hop.strip()[:45]
        return peer

    def _take_certificate(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Believe a trusted proxy about the certificate that its client showed (RFC 9440), and nobody else."""
        if (scope["client"] or ("",))[0] in self._proxies:
            scope["client_certificate"] = from_header(headers[HEADER].decode("latin-1"))

    def _told(self, error: Exception, id: str) -> OAuthError:
        """What the caller is told of an error, whatever it is."""
        if isinstance(error, OAuthError):
            return error
        if isinstance(error, StoreUnavailable):
            log.warning("the database is away: %s", error, extra={"request_id": id})
            self._engine.meter.events["database away"] += 1
            return unavailable()
        if isinstance(error, TransientError):
            later = {"Retry-After": str(int(error.retry_after or 1))}
            return OAuthError("temporarily_unavailable", str(error), headers=later)
        log.error("a request failed", exc_info=error, extra={"request_id": id})
        self._engine.meter.events["failure"] += 1
        return OAuthError("server_error", f"this is a fault of the server; its log knows it as {id}")

    def _refusal(self, error: OAuthError, path: str) -> Answer:
        """The error in the form of whoever answers at ``path``."""
        late = next((late for late in self._late if late.serves(path)), None)
        return late.facade.refusal(error) if late else error_answer(error)


class _Late:
    """A facade's application, built in a thread when its first request comes."""

    def __init__(self, engine: Engine, facade: Facade) -> None:
        self._engine, self.facade, self._base = engine, facade, engine.base
        self._prefixes = tuple(engine.base + prefix for prefix in facade.prefixes(engine.config))
        self._app: LateApp | None = None
        self._building = asyncio.Lock()

    def serves(self, path: str) -> bool:
        return any(path == prefix or path.startswith(prefix + "/") for prefix in self._prefixes)

    async def __call__(self, call: Call, scope: Scope, send: Send) -> None:
        app = self._app or await self._build()
        body = await call.body()
        mine = {**scope, "root_path": self._base, "request_id": call.id, "client": (call.address, 0)}
        scope["late"], scope["status"] = mine, 500  # the router writes into the first what it found
        await app(mine, _replay(body), _sending(send, scope, call.id))

    async def _build(self) -> LateApp:
        async with self._building:
            made = self._app
            if made is None:
                made = await asyncio.get_running_loop().run_in_executor(None, self.facade.app, self._engine)
                self._app = made
            return made


async def _unsent(message: MutableMapping[str, Any]) -> None:
    raise RuntimeError("only late apps send their answers themselves")


def _replay(body: bytes) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, object]:
        if messages:
            return dict(messages.pop())
        await asyncio.Event().wait()  # nothing more comes, and nobody waits for a hang-up here
        return {"type": "http.disconnect"}

    return receive


def late_route(scope: Scope) -> str | None:
    """The template of a path that a late app has answered for; None where it has no such path."""
    made: Mapping[str, Any] = scope.get("late", {})
    template = getattr(made.get("route"), "path", None)
    return None if template is None else made["root_path"] + template


def _sending(send: Send, scope: Scope, id: str) -> Send:
    """``send`` with the request's id; the status goes into ``scope``."""

    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            scope["status"] = message["status"]
            message = {**message, "headers": [*message.get("headers", []), (b"x-request-id", id.encode())]}
        await send(message)

    return wrapped


def _paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    """All paths that need no router, and what clients may name as token URLs."""
    base = engine.base
    engine.token_paths = [endpoints.discovery.TOKEN, *(path for facade in FACADES for path in facade.token_paths)]
    found = endpoints.paths(engine) | operations.paths(engine)
    for facade in FACADES:
        found |= {base + path: methods for path, methods in facade.paths(engine).items()}
    return found


def _hosts(issuer: str, port: int) -> Iterable[str]:
    """The values of Host that are ours: the issuer's, and the loopback names of our own port."""
    parts = urlsplit(issuer.lower())
    default = DEFAULT_PORTS[parts.scheme]
    name = parts.netloc.removesuffix(f":{default}")
    yield from (name, f"{name}:{default}") if parts.port in (None, default) else (name,)
    for host in ("127.0.0.1", "localhost", "[::1]"):
        yield f"{host}:{port}"


def _refusal(status: int, text: str, **headers: str) -> OAuthError:
    return OAuthError("invalid_request", text, status=status, headers=headers)


def _log(scope: Scope, id: str, status: int, took: float) -> None:
    """A line for a request; never its query, which may hold what it must not."""
    access.info(
        "%s %s",
        scope["method"],
        scope["path"],
        extra={"request_id": id, "status": status, "ms": round(took * 1000, 1)},
    )
