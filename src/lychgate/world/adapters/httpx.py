"""httpx and httpx2, which share their shape: the object's flow yields requests and is resumed with answers.

On a redirect the client copies the headers where no hook reaches, and strips only ``Authorization``. So all else of
ours stands in ``Headers`` that show it to the wire and in look-ups but not to copies. A redirect at home then goes
without it; the flow sees the refusal and attempts the final URL.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lychgate.kernel.flow import Flow, Step
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.steps import Attempt
from lychgate.world.credential import Added, Credential, Pairs, added, lost, until

ROUNDS = 10  # redirects at home that may each lead to a refusal


@dataclass(frozen=True, slots=True)
class _Hop(Step[Any]):
    """A request of the library's that its client shall send."""

    asked: Any


def exchange(credential: Credential, asked: Any) -> Generator[Any, Any, None]:
    """``sync_auth_flow``. Raises ``InsecureError`` before anything is sent."""
    ours = _begin(credential, asked)
    told = ours is None
    if ours is None:
        request = _plain(asked)
        asked, ours = _dressed(credential, asked, request, credential.on(request))
        _watch(credential, ours, asked)
    reply = yield asked
    if told:
        credential.authenticator.heard(_heard(reply))
    if reply.status_code < 400:
        return
    flow = _after(credential, ours, reply)
    reply = None
    while (hop := credential.performer.run(until(_Hop, flow, reply))) is not None:
        reply = yield hop.asked


async def aexchange(credential: Credential, asked: Any) -> AsyncGenerator[Any, Any]:
    """``async_auth_flow``. Raises ``InsecureError`` before anything is sent."""
    ours = _begin(credential, asked)
    told = ours is None
    if ours is None:
        request = _plain(asked)
        asked, ours = _dressed(credential, asked, request, await credential.aon(request))
        _watch(credential, ours, asked, awaiting=True)
    reply = yield asked
    if told:
        credential.authenticator.heard(_heard(reply))
    if reply.status_code < 400:
        return
    flow = _after(credential, ours, reply)
    reply = None
    while (hop := await credential.performer.arun(until(_Hop, flow, reply))) is not None:
        reply = yield hop.asked


def _begin(credential: Credential, asked: Any) -> Added | None:
    """Ask whether the request may go; put on what stands ready, or say None."""
    url = asked.url
    key = (url.scheme, url.raw_host, url.port)
    if key not in credential.origins.seen:
        credential.admit(_origin(url), key, type(asked).__module__.partition(".")[0])
    fields = credential.authenticator.standing()
    if fields is None:
        return None
    _put(asked, fields)
    return Added(fields)


def _after(credential: Credential, ours: Added, answer: Any) -> Flow[None]:
    """What follows an answer of 400 or more: attempts at the URL where redirects at home have led."""
    for _ in range(ROUNDS):
        last, sent, status = answer.request, _plain(answer.request), answer.status_code
        arrived = ours.on(sent.headers, sent.url)
        if not (status == 401 or (not arrived and lost(status))) or not _stayed_home(credential, answer):
            return
        request = ours.off(sent)
        flow = credential.again(request, sent if arrived else None, _heard(answer))
        step = yield from until(Attempt, flow)
        while isinstance(step, Attempt):
            following, ours = _dressed(credential, _without(last, ours), request, step.request)
            answer = yield from _Hop(following)
            step = yield from until(Attempt, flow, _heard(answer))
        if answer.request.url == last.url or answer.status_code < 400:
            return


def _dressed(credential: Credential, asked: Any, request: Request, sent: Request) -> tuple[Any, Added]:
    ours = added(request, sent)
    if sent.url != request.url:
        asked = _copy(asked, sent.url, asked.headers.raw)
    _put(asked, ours.headers, hide=credential.authenticator.signs)
    return asked, ours


def _without(asked: Any, ours: Added) -> Any:
    """A copy of a request of ours with nothing of ours on it."""
    names = {name.lower().encode() for name, _ in ours.headers}
    fields = [field for field in asked.headers.raw if field[0].lower() not in names]
    return _copy(asked, ours.off_url(str(asked.url)), fields)


def _copy(asked: Any, url: str, fields: list[tuple[bytes, bytes]]) -> Any:
    return type(asked)(asked.method, url, headers=fields, stream=asked.stream, extensions=asked.extensions)


def _put(asked: Any, fields: Pairs, hide: bool = False) -> None:
    """``Authorization`` goes on openly, since the client itself takes it off elsewhere and leaves it at home.

    But not where it would keep it: from http to https, which is another origin. ``hide``: it fits this URL alone.
    """
    url, hidden = asked.url, []
    for name, value in fields:
        if not hide and name.lower() == "authorization" and (url.scheme == "https" or url.port is not None):
            asked.headers[name] = value
        else:
            hidden.append((name.encode(), value.encode()))
    if hidden:
        bare = asked.headers
        while isinstance(bare, _Hidden):
            bare = bare.under
        asked.headers = _hiding(type(bare))(bare, hidden)


class _Hidden:
    """Mark of the ``Headers`` below."""

    under: Any


_classes: dict[type, Any] = {}


def _hiding(base: type) -> Any:
    """``Headers`` of either library whose last fields the wire and look-ups see, and copies (``_list``) do not."""
    if base not in _classes:
        _classes[base] = _hiding_class(base)
    return _classes[base]


def _hiding_class(base: Any) -> Any:
    class Hiding(base, _Hidden):  # type: ignore[misc]  # the base is the library's, found at run time
        def __init__(self, under: Any, ours: list[tuple[bytes, bytes]]) -> None:
            super().__init__(under)
            self.under, self._ours = under, ours
            self._names = {name.lower().decode(): value.decode() for name, value in ours}

        @property
        def raw(self) -> list[tuple[bytes, bytes]]:
            theirs = [field for field in super().raw if field[0].lower().decode("latin-1") not in self._names]
            return theirs + self._ours

        def __getitem__(self, name: str) -> str:
            ours = self._names.get(name.lower())
            return super().__getitem__(name) if ours is None else ours

        def __contains__(self, name: Any) -> bool:
            return str(name).lower() in self._names or super().__contains__(name)

    return Hiding


def _watch(credential: Credential, ours: Added, asked: Any, awaiting: bool = False) -> None:
    """Have our parameters taken out of each ``Location`` that leads away from home: many servers repeat the query.

    No hook of the client sees an answer before its redirect is built, but the ``trace`` extension does.
    """
    if not ours.query:
        return
    theirs = asked.extensions.get("trace")

    def look(event: str, info: dict[str, Any]) -> None:
        if event.endswith("receive_response_headers.complete"):
            _clean_location(credential, ours, asked.url, next(v for v in info["return_value"] if isinstance(v, list)))

    def trace(event: str, info: dict[str, Any]) -> None:
        look(event, info)
        if theirs is not None:
            theirs(event, info)

    async def atrace(event: str, info: dict[str, Any]) -> None:
        look(event, info)
        if theirs is not None:
            await theirs(event, info)

    asked.extensions["trace"] = atrace if awaiting else trace


def _clean_location(credential: Credential, ours: Added, url: Any, fields: list[tuple[bytes, bytes]]) -> None:
    for at, (name, value) in enumerate(fields):
        if name.lower() == b"location":
            target = urljoin(str(url), value.decode("utf-8", "replace"))
            if not credential.origins.hold(target) and (clean := ours.off_url(target)) != target:
                fields[at] = (name, clean.encode())


def _stayed_home(credential: Credential, answer: Any) -> bool:
    return all(credential.origins.hold(_origin(hop.request.url)) for hop in (*answer.history, answer))


def _origin(url: Any) -> str:
    """What the library itself reads in the URL."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _plain(asked: Any) -> Request:
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.headers.raw]
    whole = isinstance(asked.stream, sys.modules[type(asked.stream).__module__.partition(".")[0]].ByteStream)
    body = asked.content if whole and hasattr(asked, "_content") else None
    return Request(asked.method, str(asked.url), Headers(fields), body, replayable=whole or _rewinds(asked.stream))


def _rewinds(stream: Any) -> bool:
    """Whether it is a form whose files can all be read from their beginning again, which the library does."""
    parts = getattr(stream, "fields", None)
    return parts is not None and all(hasattr(getattr(part, "file", b""), "seek") or _whole(part) for part in parts)


def _whole(part: Any) -> bool:
    return isinstance(getattr(part, "file", b""), str | bytes)


def _heard(answer: Any) -> Response:
    return Response(answer.status_code, Headers(answer.headers.multi_items()), url=str(answer.url))
