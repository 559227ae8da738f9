"""The interface of an authenticator: it puts a credential on a request and knows what to do when that is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response
from lychgate.kernel.steps import Attempt


@dataclass(frozen=True, slots=True)
class Way:
    """``proxy`` is its URL, with its password. ``trusted``: a PEM file or folder that alone is believed; ``checked``:
    whether certificates are checked at all."""

    proxy: str = field(default="", repr=False)
    trusted: str = ""
    checked: bool = True

    def wishes(self) -> list[str]:
        """What it asks of a connection, in words without secrets; nothing for the usual one."""
        found = {"a proxy": bool(self.proxy), "certificates to trust": bool(self.trusted)}
        found["certificates that are not checked"] = not self.checked
        return [words for words, wished in found.items() if wished]


class Authenticator:
    """Subclass as a frozen dataclass; override ``standing`` or ``ready`` alone, or ``prepare`` and ``refused`` as well.

    A call goes: ``standing`` or ``ready`` (nothing to wait for: the fast path), else ``prepare``; the adapter sends
    what came of it; on a 401 ``refused`` may attempt again. ``authenticate`` is the whole exchange as one flow.
    """

    signs: ClassVar[bool] = False
    """Whether what it adds fits one method and URL alone, so that a redirect does not carry it on."""

    challenged: ClassVar[bool] = False
    """Whether the first request to an origin goes without it, and it answers what the API asks for then."""

    @property
    def certificate(self) -> Certificate | None:
        """What connections to APIs show (mutual TLS), where the credential is bound to it (RFC 8705 3)."""
        return None

    def way(self) -> Way:
        """How connections to APIs are made, where the credential says so itself."""
        return Way()

    def wishes(self) -> list[str]:
        """The same in words, without secrets, and without fetching one."""
        return self.way().wishes()

    def __add__(self, other: Any) -> Authenticator:
        """Both credentials on each request. Raises ``TypeError`` for what is no credential."""
        return Both(self, as_authenticator(other))

    def __radd__(self, other: Any) -> Authenticator:
        return Both(as_authenticator(other), self)

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

    def heard(self, response: Response) -> None:
        """Each answer that came to what ``ready`` or ``prepare`` made, whatever its status. Never waits.

        For what a server tells beside its answer (the next nonce, say); who has ``standing`` fields is not told.
        """

    def authenticate(self, request: Request) -> Flow[Response]:
        """The whole exchange for one request of the caller's."""
        sent = yield from self.prepare(request)
        response = yield from Attempt(sent)
        self.heard(response)
        if response.status == 401:
            response = yield from self.refused(request, sent, response)
        return response


class Both(Authenticator):
    """``one + other``; one that signs the request comes last. Raises ``ConfigError`` where both use the same place."""

    def __init__(self, one: Authenticator, other: Authenticator) -> None:
        if one.signs and other.signs:
            raise ConfigError("two credentials that each sign the whole request cannot go on the same one")
        self.first, self.last = (other, one) if one.signs else (one, other)

    def __repr__(self) -> str:
        return f"{self.first!r} + {self.last!r}"

    @property
    def signs(self) -> bool:  # type: ignore[override]  # that of the last one
        return self.last.signs

    @property
    def challenged(self) -> bool:  # type: ignore[override]  # that of either
        return self.first.challenged or self.last.challenged

    @property
    def certificate(self) -> Certificate | None:
        return self.first.certificate or self.last.certificate

    def way(self) -> Way:
        first = self.first.way()
        return self.last.way() if first == Way() else first

    def wishes(self) -> list[str]:
        return self.first.wishes() or self.last.wishes()

    def standing(self) -> tuple[tuple[str, str], ...] | None:
        first, last = self.first.standing(), self.last.standing()
        if first is None or last is None:
            return None
        if {name.lower() for name, _ in first} & {name.lower() for name, _ in last}:
            raise _conflict(self)
        return first + last

    def ready(self, request: Request) -> Request | None:
        half = self.first.ready(request)
        whole = None if half is None else self.last.ready(half)
        return None if half is None or whole is None else self._whole(request, half, whole)

    def prepare(self, request: Request) -> Flow[Request]:
        half = yield from self.first.prepare(request)
        return self._whole(request, half, (yield from self.last.prepare(half)))

    def heard(self, response: Response) -> None:
        self.first.heard(response)
        self.last.heard(response)

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        """Each may mend its own part, the last one first."""
        half = yield from self.first.prepare(request)
        response = yield from self.last.refused(half, sent, response)
        if response.status != 401:
            return response
        return (yield from self._mended(self.first.refused(request, sent, response)))

    def _mended(self, flow: Flow[Response]) -> Flow[Response]:
        """The first one's flow, each attempt of which gets the last one's credential too."""
        reply: Any = None
        failure: BaseException | None = None
        while True:
            try:
                step = flow.send(reply) if failure is None else flow.throw(failure)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # a generator's return value is untyped
            try:
                if isinstance(step, Attempt):
                    step = Attempt((yield from self.last.prepare(step.request)))
                reply, failure = (yield step), None
            except BaseException as error:
                reply, failure = None, error

    def _whole(self, request: Request, half: Request, whole: Request) -> Request:
        theirs = set(request.headers.lines())
        ours = [line for line in half.headers.lines() if line not in theirs]
        names = [name for name, _ in parse_qsl(urlsplit(whole.url).query, keep_blank_values=True)]
        before = [name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)]
        added = names[len(before) :]
        if any(line not in whole.headers.lines() for line in ours) or len(set(added)) < len(added):
            raise _conflict(self)
        return whole


def _conflict(both: Both) -> ConfigError:
    kinds = f"{type(both.first).__name__} and {type(both.last).__name__}"
    return ConfigError(f"{kinds} would go into the same place of the request; give one of them another", field="header")


def as_authenticator(what: Any) -> Authenticator:
    """An authenticator as it is, a source as one that renews. Raises ``TypeError`` for anything else."""
    if isinstance(what, Authenticator):
        return what
    from lychgate.client.authenticators import AUTHENTICATORS

    if hasattr(what, "obtain") and hasattr(what, "cache_key") and not isinstance(what, type):
        renewing: Authenticator = AUTHENTICATORS.find("renewing")(what)
        return renewing
    given = what.__name__ if isinstance(what, type) else type(what).__name__
    raise TypeError(
        f"lychgate.auth takes an authenticator (lychgate.Bearer(...)), a source (lychgate.ClientCredentials(...)) "
        f"or a profile's name, not {given}"
    )
