"""Credentials across: ours as the real pyunicore takes them, and pyunicore's (or a subclass of one) as ours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Annotated, Any, Protocol, runtime_checkable

import lychgate
from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request
from lychgate.kernel.secret import remember
from lychgate.kernel.steps import Call

NOWHERE = "https://unicore.invalid/"  # pyunicore does not tell a credential where it goes


@runtime_checkable
class GivesHeader(Protocol):
    """What pyunicore calls a credential."""

    def get_auth_header(self) -> str | None: ...


class Given:
    """``get_auth_header()`` is what our credential puts into ``Authorization``, renewed where need be.

    pyunicore does not say where a request goes, so nothing here can check its origin: give it to one site's client.
    """

    def __init__(self, auth: lychgate.Auth) -> None:
        self._auth = auth

    def get_auth_header(self) -> str | None:
        """None for no credential. Raises ``ConfigError`` where it goes elsewhere on a request."""
        sent = self._auth.credential.on(Request("GET", NOWHERE))
        added = [name.lower() for name, _ in sent.headers.lines()]
        if added not in ([], ["authorization"]) or sent.url != NOWHERE:
            raise ConfigError(
                "pyunicore sends a credential in the header Authorization alone, and this one goes elsewhere"
            )
        return sent.headers.get("Authorization")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._auth!r})"


def credential(what: Any) -> Any:
    """``what`` (all that ``lychgate.auth`` takes, or an ``Auth``) for ``pyunicore.client.Client``, blocking or not."""
    auth = what if isinstance(what, lychgate.Auth) else lychgate.auth(what)
    return _class()(auth)


@cache
def _class() -> type[Given]:
    """pyunicore asks ``isinstance`` of its own class: where it is installed, ours is one."""
    if find_spec("pyunicore") is None:
        return Given
    from pyunicore.credentials import Credential  # type: ignore[import-untyped]  # it has no types

    return type("Given", (Given, Credential), {"__module__": __name__})


@dataclass(frozen=True, eq=False)
class ByHeader(Authenticator):
    """A credential of pyunicore's kind on our requests: it is asked for its header each time."""

    credential: Annotated[GivesHeader, "what gives the header"]

    def prepare(self, request: Request) -> Flow[Request]:
        header: str | None = yield from Call(self.credential.get_auth_header)
        if header is None:
            return request
        remember(header.partition(" ")[2])
        return request.with_header("Authorization", header)
