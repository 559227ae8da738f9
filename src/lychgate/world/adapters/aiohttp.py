"""aiohttp: the object is a client middleware (``middlewares=(auth,)``), which runs for each hop of a redirect.

So the question whether an origin is home is all that a redirect needs. What a middleware cannot see is whether a
request is the caller's or follows a redirect: each answer leaves a note of where it leads, in the caller's context.
"""

from __future__ import annotations

import asyncio
import netrc
import os
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from aiohttp.payload import BytesPayload
from yarl import URL

from lychgate.kernel.http import Headers, Request, Response
from lychgate.world.credential import Added, Credential, added, without_certificate

Handler = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Leading:
    """Where the last answer leads, and the URLs that led there."""

    target: URL
    through: tuple[URL, ...]


_leading: ContextVar[_Leading | None] = ContextVar("lychgate_redirect", default=None)


async def middleware(credential: Credential, asked: Any, handler: Handler) -> Any:
    """Send one request with the credential on it. Raises ``InsecureError`` before anything is sent."""
    through = _way_to(asked.url)
    if through and not _home(credential, (*through, asked.url)):
        asked.url = _clean(credential, asked.url)
        answer = await handler(asked)
    else:
        answer = await _with_credential(credential, asked, handler)
    _note(answer, (*through, asked.url))
    return answer


async def _with_credential(credential: Credential, asked: Any, handler: Handler) -> Any:
    url = asked.url
    key = (url.scheme, url.raw_host, url.port)
    if key not in credential.origins.seen:
        credential.admit(str(url.origin()), key, "aiohttp")
    fields = credential.authenticator.standing()
    if fields is None:
        request = _plain(asked)
        ours = _dress(asked, request, await credential.aon(request))
    else:
        ours = Added(fields)
        for name, value in fields:
            asked.headers[name] = value
    await _without_netrc(ours, asked)
    _require_certificate(credential, asked)
    answer = await handler(asked)
    if fields is None:
        credential.authenticator.heard(_heard(answer))
    return await _again(credential, ours, asked, answer, handler) if answer.status == 401 else answer


def _require_certificate(credential: Credential, asked: Any) -> None:
    """Raises ``ConfigError``, before anything is sent, where neither request nor session has a context of its own."""
    if credential.authenticator.certificate is None or asked.url.scheme != "https":
        return
    if asked.ssl is True and getattr(asked.session.connector, "_ssl", None) is True:
        missing = without_certificate(credential, "aiohttp.TCPConnector(ssl=auth.ssl_context())")
        if missing is not None:
            raise missing


async def _without_netrc(ours: Added, asked: Any) -> None:
    """Take off what aiohttp found in ``.netrc`` (``trust_env=True``): it would stand beside our credential."""
    theirs = asked.headers.get("Authorization", "")
    if not theirs.startswith("Basic ") or not asked.session.trust_env or ("Authorization", theirs) in ours.headers:
        return
    if theirs == await asyncio.to_thread(_netrc_field, asked.url.host):
        del asked.headers["Authorization"]


def _netrc_field(host: str) -> str | None:
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found and "Basic " + b64encode(f"{found[0]}:{found[2]}".encode()).decode()


async def _again(credential: Credential, ours: Added, asked: Any, answer: Any, handler: Handler) -> Any:
    sent = _plain(asked)
    request = ours.off(sent)

    async def send(attempt: Request) -> Response:
        nonlocal answer
        answer.release()
        for name, _ in ours.headers:
            asked.headers.popall(name, None)
        _dress(asked, request, attempt)
        answer = await handler(asked)
        return _heard(answer)

    await credential.arun(credential.again(request, sent, _heard(answer)), send)
    return answer


def _dress(asked: Any, request: Request, sent: Request) -> Added:
    ours = added(request, sent)
    for name, value in ours.headers:
        asked.headers[name] = value
    if str(asked.url) != sent.url:
        asked.url = URL(sent.url, encoded=True)
    return ours


def _plain(asked: Any) -> Request:
    """``replayable`` is known once the body has been sent: aiohttp says whether it is used up."""
    body = asked.body
    replayable = not getattr(body, "consumed", False)
    return Request(asked.method, str(asked.url), Headers(asked.headers.items()), _whole(asked), replayable)


def _whole(asked: Any) -> bytes | None:
    """The body as it goes over the wire, for credentials that cover it; None where it is a stream or compressed."""
    body = asked.body
    if isinstance(body, BytesPayload) and not getattr(asked, "compress", None):
        return body.decode("latin-1").encode("latin-1")  # as they are, and without waiting
    return body if isinstance(body, bytes) and body else None


def _heard(answer: Any) -> Response:
    return Response(answer.status, Headers(answer.headers.items()), url=str(answer.url))


def _home(credential: Credential, urls: tuple[URL, ...]) -> bool:
    return all(credential.origins.hold(str(url.origin())) for url in urls)


def _clean(credential: Credential, url: URL) -> URL:
    """The URL without what we would have added to it, in case that a server repeats it in its redirect."""
    request = Request("GET", str(url.with_query(None)))
    sent = credential.authenticator.ready(request)
    if sent is None or sent.url == request.url:
        return url
    return URL(added(request, sent).off_url(str(url)), encoded=True)


def _way_to(url: URL) -> tuple[URL, ...]:
    """The URLs whose redirects have led here, none for a request of the caller's own."""
    note = _leading.get()
    if note is None or (note.target.origin(), note.target.path) != (url.origin(), url.path):
        return ()
    return note.through


def _note(answer: Any, through: tuple[URL, ...]) -> None:
    location = answer.headers.get("Location") or answer.headers.get("URI")
    note = None
    if 300 <= answer.status < 400 and location:
        try:
            note = _Leading(through[-1].join(URL(location)), through)
            note.target.origin()
        except ValueError:  # aiohttp will refuse to follow it
            note = None
    if note is not None or _leading.get() is not None:
        _leading.set(note)
