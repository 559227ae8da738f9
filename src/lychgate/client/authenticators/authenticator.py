"""The interface of an authenticator: it puts a credential on a request and knows what to do when that is refused."""

from __future__ import annotations

from typing import ClassVar

from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response
from lychgate.kernel.steps import Attempt


class Authenticator:
    """Subclass as a frozen dataclass; override ``standing`` or ``ready`` alone, or ``prepare`` and ``refused`` as well.

    A call goes: ``standing`` or ``ready`` (nothing to wait for: the fast path), else ``prepare``; the adapter sends
    what came of it; on a 401 ``refused`` may attempt again. ``authenticate`` is the whole exchange as one flow.
    """

    signs: ClassVar[bool] = False
    """Whether what it adds fits one method and URL alone, so that a redirect does not carry it on."""

    def standing(self) -> tuple[tuple[str, str], ...] | None:
        """The header fields that any request gets just now, whatever it is; None where they depend on the request or
        have to be fetched first. An attribute and a time check at most: every call of every caller asks."""
        return None

    def ready(self, request: Request) -> Request | None:
        """The request with the credential on it, or None when something has to be fetched first. Never waits."""
        fields = self.standing()
        if fields is None:
            return None
        for name, value in fields:
            request = request.with_header(name, value)
        return request

    def prepare(self, request: Request) -> Flow[Request]:
        """The request with the credential on it, whatever has to be fetched for it."""
        ready = self.ready(request)
        if ready is None:
            raise NotImplementedError(f"{type(self).__name__} needs ready() or prepare()")
        return ready
        yield  # makes this function a generator

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        """What to do about a 401: attempt again, or give the response back. ``request`` is the caller's own."""
        return response
        yield  # makes this function a generator

    def authenticate(self, request: Request) -> Flow[Response]:
        """The whole exchange for one request of the caller's."""
        sent = yield from self.prepare(request)
        response = yield from Attempt(sent)
        if response.status == 401:
            response = yield from self.refused(request, sent, response)
        return response
