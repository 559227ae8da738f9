"""A credential in use: what every adapter shares. How it gets on a request, and what follows a refusal.

Nothing here knows an HTTP library. An adapter hands over the caller's request as plain data, sends what it is told to
send, and hands the answer back.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.kernel.errors import ConfigError, NotReplayable
from lychgate.kernel.flow import Flow, Step
from lychgate.kernel.http import Headers, Request, Response, origin_of
from lychgate.kernel.steps import Attempt

from . import awaiting, blocking
from .origins import Origins
from .perform import Performer

T = TypeVar("T")
S = TypeVar("S", bound=Step[Any])
log = logging.getLogger("lychgate")
Pairs = tuple[tuple[str, str], ...]


class Added(NamedTuple):
    """What we put on a request of the caller's: header fields and query parameters, each with its value."""

    headers: Pairs = ()
    query: Pairs = ()

    def on(self, headers: Headers, url: str) -> bool:
        """Whether all of it is there: not so where a redirect lost it on the way."""
        fields = all(value in headers.all(name) for name, value in self.headers)
        return fields and all(pair in _parameters(url) for pair in self.query)

    def off(self, request: Request) -> Request:
        """The request without it."""
        ours = {name.lower() for name, _ in self.headers}
        lines = [line for line in request.headers.lines() if line[0].lower() not in ours]
        return replace(request, headers=Headers(lines), url=self.off_url(request.url))

    def off_url(self, url: str) -> str:
        """The URL without our parameters, the others left byte for byte as they are."""
        if not self.query:
            return url
        parts = urlsplit(url)
        kept = [piece for piece in parts.query.split("&") if not set(parse_qsl(piece, True)) & set(self.query)]
        return urlunsplit(parts._replace(query="&".join(kept)))


def added(request: Request, sent: Request) -> Added:
    """The difference between the caller's request and the one with the credential on it."""
    theirs = set(request.headers.lines())
    headers = tuple(line for line in sent.headers.lines() if line not in theirs)
    if sent.url == request.url:
        return Added(headers)
    known = _parameters(request.url)
    return Added(headers, tuple(pair for pair in _parameters(sent.url) if pair not in known))


class Credential:
    """An authenticator, who carries out its steps, and whom it may reach."""

    __slots__ = ("authenticator", "origins", "performer", "told")

    def __init__(self, authenticator: Authenticator, performer: Performer, origins: Origins) -> None:
        self.authenticator, self.performer, self.origins = authenticator, performer, origins
        self.told = False  # of the connection that it wants

    def admit(self, url: str, key: Hashable, library: str) -> None:
        """``Origins.admit``; and a warning, once, where ``library`` was not told of the connection to be made."""
        self.origins.admit(url, key)
        if self.told:
            return
        self.told = True
        wishes = self.authenticator.wishes()
        if wishes:
            log.warning(
                "This credential comes with %s for its APIs, of which an auth object cannot tell an HTTP library. Say "
                'it there:  **auth.connection("%s")', " and ".join(wishes), library,
            )  # fmt: skip

    def __repr__(self) -> str:
        return f"Credential({self.authenticator!r}, for {self.origins})"

    def on(self, request: Request) -> Request:
        """The caller's request with the credential on it, fetched first if need be, blocking."""
        ready = self.authenticator.ready(request)
        return self.performer.run(self.authenticator.prepare(request)) if ready is None else ready

    async def aon(self, request: Request) -> Request:
        """The same, awaiting."""
        ready = self.authenticator.ready(request)
        return await self.performer.arun(self.authenticator.prepare(request)) if ready is None else ready

    def again(self, request: Request, sent: Request | None, response: Response) -> Flow[Response]:
        """What follows a refusal: further attempts, and the last answer.

        ``request`` is the caller's own, where redirects have led it; ``sent`` is None where the credential was lost on
        the way there. Raises ``NotReplayable`` for a body that is gone, after the renewal, so that the caller's next
        request succeeds.
        """
        flow = self._after(request, sent, response)
        if request.replayable:
            return (yield from flow)
        end = yield from until(Attempt, flow)
        if isinstance(end, Attempt):
            flow.close()
            raise NotReplayable(
                f"{origin_of(request.url)} answered {response.status}, and the body was a stream, which cannot be sent "
                "a second time; it was not. Send the request again with a fresh body: the credential is up to date."
            )
        return end

    def _after(self, request: Request, sent: Request | None, response: Response) -> Flow[Response]:
        if sent is None:
            sent = yield from self.authenticator.prepare(request)
            response = yield from Attempt(sent)
            if response.status != 401:
                return response
        return (yield from self.authenticator.refused(request, sent, response))

    def run(self, flow: Flow[T], send: Callable[[Request], Response]) -> T:
        """Run a flow whose attempts ``send`` carries out, blocking."""
        now = self.performer.now
        return blocking.run(flow, lambda step: send(step.request) if isinstance(step, Attempt) else now(step))

    async def arun(self, flow: Flow[T], send: Callable[[Request], Awaitable[Response]]) -> T:
        """The same, awaiting."""

        def perform(step: Step[Any]) -> Awaitable[Any]:
            return send(step.request) if isinstance(step, Attempt) else self.performer.later(step)

        return await awaiting.arun(flow, perform)


def without_certificate(credential: Credential, how: str) -> ConfigError | None:
    """What to tell a caller whose connection shows no certificate, where the token in use is bound to one (RFC 8705).

    ``how`` is where the library takes it.
    """
    authenticator = credential.authenticator
    current, certificate = getattr(authenticator, "current", None), authenticator.certificate
    if certificate is None or current is None or not _names_one(current()):
        return None
    return ConfigError(
        f"the token is bound to the certificate {certificate.chain}, and this connection does not show it. "
        f"Give it to the library: {how}.",
        field="certificate",
    )


def _names_one(token: Any) -> bool:
    from lychgate.oauth import bound, jose

    try:
        return token is not None and bound.read(jose.peek(token.access.reveal())[1]).x5t is not None
    except ValueError:  # what it is bound to, if to anything, only its issuer knows
        return False


def lost(status: int) -> bool:
    """Whether an answer to a request that lost our credential on its way may be about just that."""
    return 400 <= status < 500


def until(kind: type[S], flow: Flow[T], reply: Any = None) -> Flow[S | T]:
    """The same flow, resumed with ``reply``, up to its next step of ``kind``, which is returned, or to its end."""
    failure: BaseException | None = None
    while True:
        try:
            step = flow.send(reply) if failure is None else flow.throw(failure)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a generator's return value is untyped
        if isinstance(step, kind):
            return step
        try:
            reply, failure = (yield step), None
        except BaseException as error:
            reply, failure = None, error


def _parameters(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)
