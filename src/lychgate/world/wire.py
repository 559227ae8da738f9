"""The one place that names the HTTP library of our own traffic (httpx2)."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import TransientError
from lychgate.kernel.http import Headers, Request, Response, origin_of

from . import posix, tls
from .awaiting import in_thread
from .masking import answering
from .telemetry import atraced, traced

if TYPE_CHECKING:
    import ssl

    import httpx2

LIMIT = 4 * 1024 * 1024  # bytes; no answer to a request of ours is longer
PIECE = 256 * 1024  # bytes of a body at a time

Sink = Callable[[bytes], object]


class Wire:
    """Sends our own requests: no redirect is followed, no ``.netrc`` is read, an answer is at most 4 MiB.

    ``verify`` is an ``ssl.SSLContext``, or False to check no certificate (for tests), or None for the system's.
    A ``timeout`` in seconds is for each wait, and five times as long for the whole: an answer that drips in ends too.
    """

    def __init__(self, verify: ssl.SSLContext | bool | None = None, proxy: str | None = None) -> None:
        self._verify, self._proxy = verify, proxy
        self.verify = verify
        self._clear()
        _wires.add(self)

    def _clear(self) -> None:
        self._clients: dict[Certificate | None, tuple[tls.Stamp, httpx2.Client]] = {}
        self._contexts: dict[Certificate, tuple[tls.Stamp, ssl.SSLContext]] = {}
        self._making = threading.RLock()

    @traced
    def send(
        self,
        request: Request,
        timeout: float,
        limit: int = LIMIT,
        into: Sink | None = None,
        certificate: Certificate | None = None,
    ) -> Response:
        """Send and read whole, blocking. Raises ``TransientError`` where no whole answer came.

        With ``into`` a successful body goes there piece by piece, however long it is, and the response has none.
        ``certificate`` is ours; raises ``ConfigError`` where it cannot be used.
        """
        import httpx2

        try:
            with _Unheard(), self._blocking(certificate).stream(*_call(request), **_rest(request, timeout)) as answer:
                body = _Body(request, timeout, limit, into if answer.is_success else None)
                for chunk in answer.iter_bytes(PIECE if into else None):
                    body.grow(chunk)
                return _response(answer, body.bytes())
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise tls.unreached(origin_of(request.url), error) from None

    @atraced
    async def asend(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109  it is the library's own
        limit: int = LIMIT,
        into: Sink | None = None,
        certificate: Certificate | None = None,
    ) -> Response:
        """The same, awaiting; ``into`` is called in a thread."""
        import httpx2

        try:
            async with (
                _Unheard(),
                httpx2.AsyncClient(**self._settings(certificate)) as client,  # of this loop and request alone
                client.stream(*_call(request), **_rest(request, timeout)) as answer,
            ):
                body = _Body(request, timeout, limit, into if answer.is_success else None)
                async for chunk in answer.aiter_bytes(PIECE if into else None):
                    await body.agrow(chunk)
                return _response(answer, body.bytes())
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise tls.unreached(origin_of(request.url), error) from None

    @atraced
    async def afetch(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109  it is the library's own
        address: str,
        limit: int,
    ) -> Response:
        """Send to ``address``, an IP address of the URL's host, whatever its name says now; no proxy is used.

        The answer is read as it comes, never unpacked, up to ``limit`` bytes. Raises ``TransientError``.
        """
        import httpx2

        call, rest = _pinned(request, timeout, address)
        try:
            async with (
                _Unheard(),
                httpx2.AsyncClient(**self._settings(), trust_env=False) as client,
                client.stream(*call, **rest) as answer,
            ):
                body = _Body(request, timeout, limit)
                async for chunk in answer.aiter_raw():
                    body.grow(chunk)
                return _response(answer, body.bytes())
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise tls.unreached(origin_of(request.url), error) from None

    def context(self, certificate: Certificate | None = None) -> ssl.SSLContext | bool:
        """What others' certificates are checked by, with ours in it; False checks none and shows none.

        Made anew where the files of ours have changed. Raises ``ConfigError`` where they cannot be used.
        """
        with self._making:
            if certificate is None:
                if self._verify is None or self._verify is True:
                    self._verify = tls.context(None)
                return self._verify
            now, held = tls.stamp(certificate), self._contexts.get(certificate)
            if held is None or held[0] != now:
                held = self._contexts[certificate] = (now, tls.context(self._verify, certificate))
            return held[1]

    def _settings(self, certificate: Certificate | None = None) -> dict[str, Any]:
        verify = self.context(certificate)
        return {"verify": verify, "proxy": self._proxy, "follow_redirects": False, "auth": _no_netrc}

    def _blocking(self, certificate: Certificate | None = None) -> httpx2.Client:
        now, held = tls.stamp(certificate), self._clients.get(certificate)
        if held is None or held[0] != now:
            import httpx2

            with self._making:
                held = self._clients.get(certificate)
                if held is None or held[0] != now:
                    held = self._clients[certificate] = (now, httpx2.Client(**self._settings(certificate)))
        return held[1]


_wires: weakref.WeakSet[Wire] = weakref.WeakSet()


def _after_fork() -> None:
    """A child opens connections of its own: two processes on one socket would read each other's answers."""
    for wire in list(_wires):
        wire._clear()


posix.in_child(_after_fork)


class _Body:
    """An answer's body as it comes, bounded in length and in time; with ``into`` it is handed on unbounded."""

    def __init__(self, request: Request, timeout: float, limit: int = LIMIT, into: Sink | None = None) -> None:
        self._request, self._limit, self._read, self._into = request, limit, bytearray(), into
        self._deadline = time.monotonic() + 5 * timeout

    async def agrow(self, chunk: bytes) -> None:
        """``grow``, in a thread where the piece goes somewhere."""
        if self._into is None:
            self.grow(chunk)
        else:
            await in_thread(self.grow, chunk, finish=True)

    def grow(self, chunk: bytes) -> None:
        if self._into is not None:  # a file may be as long as it likes, and take its time
            self._into(chunk)
            return
        self._read.extend(chunk)
        if len(self._read) > self._limit:
            raise TransientError(f"the answer of {origin_of(self._request.url)} is longer than {self._limit} bytes")
        if time.monotonic() > self._deadline:
            raise TransientError(f"the answer of {origin_of(self._request.url)} drips in too slowly; try again later")

    def bytes(self) -> bytes:
        return bytes(self._read)


class _Unheard:
    """A block in which the library's own log tells nothing of an answer's header: a token may be in it."""

    def __enter__(self) -> None:
        self._before = answering.set(True)

    def __exit__(self, *_: object) -> None:
        answering.reset(self._before)

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()


def _no_netrc(request: Any) -> Any:
    """An ``auth`` that adds nothing: with none at all the library would look into ``.netrc``."""
    return request


def _call(request: Request) -> tuple[str, str]:
    return request.method, request.url


def _rest(request: Request, timeout: float) -> dict[str, Any]:
    return {"headers": list(request.headers.lines()), "content": request.body, "timeout": timeout}


def _pinned(request: Request, timeout: float, address: str) -> tuple[tuple[str, str], dict[str, Any]]:
    """The call with the host's name in the Host field and in TLS only."""
    parts = urlsplit(request.url)
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    named = request.with_header("Host", parts.netloc).with_header("Accept-Encoding", "identity")
    rest = _rest(named, timeout) | {"extensions": {"sni_hostname": parts.hostname}}
    return (request.method, urlunsplit(parts._replace(netloc=netloc))), rest


def _response(answer: httpx2.Response, body: bytes) -> Response:
    return Response(answer.status_code, Headers(answer.headers.multi_items()), body, str(answer.url))
