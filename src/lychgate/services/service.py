"""A service that somebody else runs: one credential, one base URL, and who carries out its flows.

The flows of a service yield ``Exchange`` beside the kernel's steps: one request and its answer, whatever the credential
does about it meanwhile (renew a token, say). They are tested by playing the service by hand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urljoin

from lychgate.client.authenticators.anonymous import Anonymous
from lychgate.client.authenticators.authenticator import Way
from lychgate.issuer.key_file import unlocked
from lychgate.kernel.errors import InsecureError, Refused
from lychgate.kernel.flow import Flow, Step
from lychgate.kernel.http import Headers, Request, Response, origin_of, without_query
from lychgate.kernel.steps import Attempt
from lychgate.world import awaiting, blocking
from lychgate.world.auth import Auth, auth
from lychgate.world.wire import LIMIT, Sink, Wire

T = TypeVar("T")

HOPS = 5  # redirects of one request
TIMEOUT = 60.0  # seconds for each wait for the service
SHORTEST = 5.0  # seconds that it has in any case


def _never(response: Response) -> bool:
    return False


@dataclass(frozen=True, slots=True, eq=False)
class Exchange(Step[Response]):
    """A request to the service, with the credential on it. The reply is its last answer, whatever its status.

    ``open``: without the credential. ``into``: where a successful body goes piece by piece; the response has none then.
    ``limit``: the longest answer in bytes, else. ``left``: seconds that the caller still has, for each wait for the
    service that is shorter than usual. ``stale``: the statuses for which the credential may be renewed, and
    ``spoilt`` tells other answers that mean the same. Redirects of a GET are followed, elsewhere without it.
    Raises ``TransientError`` where no whole answer came, ``InsecureError`` before anything is sent, and what the
    credential raises.
    """

    request: Request
    open: bool = False
    into: Sink | None = None
    limit: int = LIMIT
    left: float = float("inf")
    stale: frozenset[int] = frozenset({401})
    spoilt: Callable[[Response], bool] = _never


class Service:
    """Carries out flows against the service at ``url``: ``run`` blocks, ``arun`` awaits.

    ``what`` is all that ``lychgate.auth`` takes, an ``Auth``, or None for no credential. A credential made here is
    bound to the service's origin; an ``Auth`` keeps the origins that it has. ``timeout`` in seconds is for each wait.
    ``headers`` go on each request that carries the credential.
    Makes and sends nothing. Raises ``ConfigError`` and ``TypeError`` for what is no credential.
    """

    def __init__(
        self,
        url: str,
        what: Any = None,
        *,
        timeout: float = TIMEOUT,
        allow_insecure: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.url, self.timeout, self._headers = url, timeout, tuple((headers or {}).items())
        self.auth = _auth(url, what, allow_insecure)
        self._credential = self.auth.credential
        self._performer = self._credential.performer

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {without_query(self.url)}: {self.auth!r}>"

    def holds(self, url: str) -> bool:
        """Whether the credential may go to ``url``."""
        return self._credential.origins.hold(url)

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end, blocking."""
        return blocking.run(flow, self._now)

    async def arun(self, flow: Flow[T]) -> T:
        """Run a flow to its end, awaiting."""
        return await awaiting.arun(flow, self._later)

    def _now(self, step: Step[Any]) -> Any:
        if not isinstance(step, Exchange):
            return self._performer.now(step)

        def send(request: Request) -> Response:
            return self._wire.send(request, self._timeout(step), step.limit, step.into, self._shown(request))

        return self._credential.run(self._exchanged(step), send)

    async def _later(self, step: Step[Any]) -> Any:
        if not isinstance(step, Exchange):
            return await self._performer.later(step)

        def send(request: Request) -> Awaitable[Response]:
            return self._wire.asend(request, self._timeout(step), step.limit, step.into, self._shown(request))

        return await self._credential.arun(self._exchanged(step), send)

    def _timeout(self, step: Exchange) -> float:
        return min(self.timeout, max(step.left, SHORTEST))

    @cached_property
    def _wire(self) -> Wire:
        """Our own connection, or the one that the credential asks for (a proxy, certificates that it trusts)."""
        authenticator = self._credential.authenticator
        way, usual = authenticator.way(), self._performer.wire
        if way == Way():
            return usual
        from lychgate.world.connection import options

        return Wire(options(authenticator, "httpx2", usual.verify).get("verify"), way.proxy or None)

    def _shown(self, request: Request) -> Any:
        """The certificate that a connection shows: it says who one is, so only where the credential may go."""
        home = origin_of(request.url) == origin_of(self.url)
        return self._credential.authenticator.certificate if home or self.holds(request.url) else None

    def _exchanged(self, step: Exchange) -> Flow[Response]:
        request, bare = step.request, step.open
        for _ in range(HOPS):
            bare = bare or not self._goes_along(request.url)
            yield from unlocked(self._shown(request))
            response = yield from self._sent(request, bare, step)
            target = redirect_of(request, response)
            if target is None:
                return response
            if origin_of(target) != origin_of(request.url):
                request = replace(request, headers=_strangers(request.headers))
            request = replace(request, url=target)
        raise Refused(f"{origin_of(self.url)} leads from one address to the next, and to no end")

    def _sent(self, request: Request, bare: bool, step: Exchange) -> Flow[Response]:
        if bare:
            return (yield from Attempt(request))
        for name, value in self._headers:
            request = request.with_header(name, value)
        authenticator = self._credential.authenticator
        sent = yield from authenticator.prepare(request)
        response = yield from Attempt(sent)
        authenticator.heard(response)
        if response.status not in step.stale and not step.spoilt(response):
            return response
        told = replace(response, status=401)  # what a credential understands, whatever this service says in its place
        answer = yield from authenticator.refused(request, sent, told)
        return response if answer is told else answer

    def _goes_along(self, url: str) -> bool:
        """Whether the credential goes to ``url``; at home it must. Raises ``InsecureError`` where it may not."""
        if origin_of(url) != origin_of(self.url):
            return self._credential.origins.hold(url)
        self._credential.origins.admit(url)
        return True


def redirect_of(request: Request, response: Response) -> str | None:
    """Where a redirect of a GET leads (RFC 9110 15.4). Raises ``InsecureError`` for one from https to http."""
    location = response.headers.get("Location")
    if response.status not in (301, 302, 303, 307, 308) or request.method not in ("GET", "HEAD") or not location:
        return None
    target = urljoin(request.url, location)
    if origin_of(request.url).startswith("https:") and not origin_of(target).startswith("https:"):
        raise InsecureError(
            f"{origin_of(request.url)} leads to {origin_of(target)}, in clear text; it was not followed"
        )
    return target


def _strangers(headers: Headers) -> Headers:
    """What another origin may see of the caller's header fields."""
    return Headers([line for line in headers.lines() if line[0].lower() in ("accept", "range")])


def _auth(url: str, what: Any, allow_insecure: bool) -> Auth:
    if isinstance(what, Auth):
        return what
    if what is None:
        what = Anonymous()
    profile = isinstance(what, str)
    origins = None if profile else [origin_of(url)]
    return auth(what, origins=origins, allow_insecure=allow_insecure)
