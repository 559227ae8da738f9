"""A ``cwt`` authenticator, or whatever else is given as ``auth=``, as our clients of services take it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from lychgate.client.authenticators.authenticator import Authenticator as Ours
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response
from lychgate.kernel.steps import Attempt, Call

from .auth import Authenticator


class Prepared(Ours):
    """Puts what ``made.prepare`` writes into headers and query on each request; after a 401 it is asked once more."""

    def __init__(self, made: Authenticator) -> None:
        self._made = made

    def __repr__(self) -> str:
        return repr(self._made)

    def prepare(self, request: Request) -> Flow[Request]:
        headers, query = dict[str, str](), dict[str, str]()
        yield from Call(self._made.prepare, (headers, query))
        for name, value in headers.items():
            request = request.with_header(name, value)
        for name, value in query.items():
            request = request.with_query(name, str(value))
        return request

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        renew = getattr(self._made, "renew", None)
        if renew is None:
            return response
        yield from Call(renew, (sent.headers.get("Authorization", ""),))
        return (yield from Attempt((yield from self.prepare(request))))


def credential(given: Any, basic: tuple[str, str] | None) -> Any:
    """What ``lychgate.Wps`` takes. Raises ``TypeError``, which names a class to make, for a module or a class."""
    if isinstance(given, ModuleType | type):
        kind, name = "module" if isinstance(given, ModuleType) else "class", given.__name__
        raise TypeError(
            f"auth= takes an authenticator that has been made, not the {kind} {name}: "
            "auth=BearerTokenAuthenticator(token=...) of lychgate.compat.cwt.auth, say"
        )
    if basic is not None:
        from lychgate.client.authenticators.basic import Basic

        if given is not None:
            raise TypeError("give auth=, or username= and password=, not both")
        given = Basic(*basic)
    return Prepared(given) if isinstance(given, Authenticator) else given
