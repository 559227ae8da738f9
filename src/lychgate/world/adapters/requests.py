"""requests: the object is called with the prepared request; a response hook sees each answer, redirects too.

``resolve_redirects`` copies the redirected request's headers (``PreparedRequest.copy``), strips only ``Authorization``,
and puts what ``.netrc`` holds for the next host in its place. So the hook decides, when it sees a redirect, what that
copy will be: without anything of ours where it leads away from home, and held fast against ``.netrc`` at home.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import requests
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import rewind_body

from lychgate.kernel.http import Headers, Request, Response
from lychgate.world.credential import Added, Credential, Pairs, added, lost, without_certificate

Fields = CaseInsensitiveDict[Any]

_installing = threading.Lock()


def attach(credential: Credential, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Put the credential on a request that is about to be sent. Raises ``InsecureError`` before it is."""
    url = prepared.url or ""
    end = url.find("/", 8)  # the origin ends before it; without one there is nothing to remember it by
    if end < 0 or url[:end] not in credential.origins.seen:
        credential.admit(url, url[:end] if end > 0 else None, "requests")
    fields = credential.authenticator.standing()
    if fields is None:
        ours = _attach_whole(credential, prepared)
    else:
        ours = None
        for name, value in fields:
            prepared.headers[name] = value
    prepared.hooks["response"].append(_Look(credential, fields, ours))
    return prepared


class _Look:
    """The response hook, which runs for each hop. Pickled with a response, it becomes one that does nothing."""

    __slots__ = ("_credential", "_fields", "_ours")

    def __init__(self, credential: Credential, fields: Pairs | None, ours: Added | None) -> None:
        self._credential, self._fields, self._ours = credential, fields, ours

    def __call__(self, answer: requests.Response, **how: Any) -> requests.Response:
        if self._fields is None and answer.url:
            self._credential.authenticator.heard(_heard(answer))
        if answer.status_code < 300:
            return answer
        return _answered(self._credential, self._ours or Added(self._fields or ()), answer, how)

    def __reduce__(self) -> tuple[Any, ...]:
        return _let_pass, ()


def _let_pass() -> Any:
    return _unchanged


def _unchanged(answer: requests.Response, **_: Any) -> requests.Response:
    return answer


def _attach_whole(credential: Credential, prepared: requests.PreparedRequest) -> Added:
    request = _plain(prepared)
    return _dress(prepared, request, credential.on(request))


def _dress(prepared: requests.PreparedRequest, request: Request, sent: Request) -> Added:
    ours = added(request, sent)
    prepared.headers.update(ours.headers)
    prepared.url = sent.url
    return ours


def _answered(credential: Credential, ours: Added, answer: requests.Response, how: dict[str, Any]) -> requests.Response:
    """``answer.request`` is what requests copies for the next hop."""
    asked, status = answer.request, answer.status_code
    if isinstance(asked.headers, _Bare) or not credential.origins.hold(asked.url or ""):
        return answer  # a redirect has left home: from there on nothing of ours is sent
    sent = _plain(asked)
    arrived = ours.on(sent.headers, sent.url)
    if status == 401 or (not arrived and lost(status)):
        answer = _again(credential, ours.off(sent), sent if arrived else None, answer, how)
        if answer.status_code == 401 and not how.get("cert"):
            missing = without_certificate(credential, "cert=auth.certificate")
            if missing is not None:
                answer.close()
                raise missing
    if answer.is_redirect:
        _fork(credential, ours, asked, answer)
    return answer


def _again(
    credential: Credential, request: Request, sent: Request | None, answer: requests.Response, how: dict[str, Any]
) -> requests.Response:
    def send(attempt: Request) -> Response:
        nonlocal answer
        answer = _send(answer, request, attempt, how)
        return _heard(answer)

    try:
        credential.run(credential.again(request, sent, _heard(answer)), send)
    except BaseException:
        answer.close()
        raise
    return answer


def _send(answer: requests.Response, request: Request, attempt: Request, how: dict[str, Any]) -> requests.Response:
    """Once more, over the connection of the answer, as ``HTTPDigestAuth`` does it."""
    answer.content  # noqa: B018  reads it, so that the connection is free for the next request
    answer.close()
    once_more = answer.request.copy()
    once_more.headers = CaseInsensitiveDict(request.headers.lines())
    jar: Any = once_more._cookies
    if jar is not None:
        extract_cookies_to_jar(jar, answer.request, answer.raw)
        once_more.prepare_cookies(jar)
    _dress(once_more, request, attempt)
    if once_more._body_position is not None:
        rewind_body(once_more)
    connection: Any = answer.connection
    following: requests.Response = connection.send(once_more, **how)
    following.history.append(answer)
    following.request = once_more
    return following


def _fork(credential: Credential, ours: Added, asked: requests.PreparedRequest, answer: requests.Response) -> None:
    """Decide with which headers the request of this redirect goes on."""
    last = answer.request
    target = urljoin(answer.url, answer.headers["location"].encode("latin1").decode("utf-8", "replace"))
    if credential.origins.hold(target):
        kept = ours.off(_plain(last)).headers if credential.authenticator.signs else last.headers
        following: Fields = _Held(kept, any(name.lower() == "authorization" for name, _ in ours.headers))
    else:
        following = _Bare(ours.off(_plain(last)).headers.lines())
        if (clean := ours.off_url(target)) != target:  # a server that repeats our query
            answer.headers["location"] = clean.encode().decode("latin1")
    with _installing:
        if not isinstance(asked.headers, _Forked):
            asked.headers = _Forked(asked.headers.items())
        asked.headers.next_copy(following)


class _Forked(CaseInsensitiveDict[Any]):
    """The headers of a redirected request: themselves, but for the next ``copy`` of this thread."""

    def __init__(self, given: Any = ()) -> None:
        super().__init__(given)
        self._following: dict[int, Fields] = {}

    def next_copy(self, headers: Fields) -> None:
        self._following[threading.get_ident()] = headers

    def copy(self) -> Fields:
        following = self._following.pop(threading.get_ident(), None)
        return super().copy() if following is None else following


class _Held(CaseInsensitiveDict[Any]):
    """Headers of a redirect that stays at home: neither requests (where ``ours``) nor ``.netrc`` changes who asks."""

    _made = _ours = False

    def __init__(self, given: Mapping[str, Any], ours: bool) -> None:
        super().__init__(given.items())
        self._made, self._ours = True, ours

    def __setitem__(self, name: str, value: Any) -> None:
        if not (self._made and name.lower() == "authorization"):
            super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        if not (self._ours and name.lower() == "authorization"):
            super().__delitem__(name)

    def copy(self) -> Fields:
        return CaseInsensitiveDict(self.items())


class _Bare(CaseInsensitiveDict[Any]):
    """Headers of a request that left home by a redirect; so are those of all that follow it."""

    def copy(self) -> Fields:
        return _Bare(self.items())


def _plain(prepared: requests.PreparedRequest) -> Request:
    body = prepared.body
    whole = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else None
    return Request(
        prepared.method or "",
        prepared.url or "",
        Headers([(name, _text(value)) for name, value in prepared.headers.items()]),
        whole,
        replayable=body is None or whole is not None or isinstance(prepared._body_position, int),
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _heard(answer: requests.Response) -> Response:
    return Response(answer.status_code, Headers(answer.headers.items()), url=answer.url)
