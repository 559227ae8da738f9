"""The object that users hold: one credential for requests, httpx, httpx2, aiohttp and fsspec.

``requests.get(url, auth=auth)``, ``httpx2.AsyncClient(auth=auth)``, ``aiohttp.ClientSession(middlewares=(auth,))``.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast, overload

from lychgate.client.authenticators.authenticator import Authenticator, as_authenticator
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Request

from . import masking
from .credential import Credential
from .family import Family, joined
from .origins import Origins
from .perform import Performer
from .reference import refer
from .somebody import Somebody
from .stores import open_store

if TYPE_CHECKING:
    import ssl

    import requests

    from lychgate.client.sources.source import Source
    from lychgate.kernel.certificate import Certificate

    from .perform import Person
    from .stores.store import Store
    from .wire import Wire

_numbers = itertools.count(1)


class Auth(Family):
    """Made by ``lychgate.auth``; may be shared by threads, tasks and event loops. It never prints a secret."""

    def __init__(self, credential: Credential, profile: str | None = None, given: dict[str, Any] | None = None) -> None:
        self._credential, self._profile, self._given = credential, profile, given
        self._number = next(_numbers)  # fsspec tells file systems apart by the repr of their options

    @property
    def credential(self) -> Credential:
        """What carries out flows with it: for clients of services."""
        return self._credential

    @overload
    def __call__(self, request: requests.PreparedRequest, /) -> requests.PreparedRequest: ...
    @overload
    def __call__(self, request: Any, handler: Callable[[Any], Awaitable[Any]], /) -> Awaitable[Any]: ...
    def __call__(self, request: Any, handler: Any = None, /) -> Any:
        """What requests (one argument) and aiohttp (two) call. Raises ``InsecureError`` before anything is sent."""
        if handler is None:
            return self._attach(self._credential, request)
        return self._middleware(self._credential, request, handler)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """What the blocking clients of httpx and httpx2 call."""
        flow: Generator[Any, Any, None] = self._httpx.exchange(self._credential, request)
        return flow

    def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """What the awaiting clients of httpx and httpx2 call."""
        flow: AsyncGenerator[Any, Any] = self._httpx.aexchange(self._credential, request)
        return flow

    @cached_property
    def _attach(self) -> Callable[..., Any]:
        from .adapters.requests import attach

        return attach

    @cached_property
    def _middleware(self) -> Callable[..., Any]:
        from .adapters.aiohttp import middleware

        return middleware

    @cached_property
    def _httpx(self) -> Any:
        from .adapters import httpx

        return httpx

    @property  # type: ignore[misc]  # object's own may be assigned to; this one follows the imported libraries
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  # the same
        return joined(Auth)

    def token(self) -> Token:
        """A token that is valid now, renewed if need be.

        Raises ``ConfigError`` where the credential is no token, ``Refused``, ``TransientError``, ``LoginNeeded``.
        """
        held: Token = self._credential.performer.run(self._held().token())
        return held

    async def atoken(self) -> Token:
        """The same, awaiting."""
        held: Token = await self._credential.performer.arun(self._held().token())
        return held

    def headers(self, url: str) -> dict[str, str]:
        """The header fields for a request to ``url``, for tools that take headers. They are valid for some time only.

        Raises ``InsecureError``, and ``ConfigError`` where the credential goes into the URL or answers a challenge.
        """
        self._credential.origins.admit(url)
        return self._fields(self._credential.on(Request("GET", url)), url)

    async def aheaders(self, url: str) -> dict[str, str]:
        """The same, awaiting."""
        self._credential.origins.admit(url)
        return self._fields(await self._credential.aon(Request("GET", url)), url)

    def _fields(self, sent: Request, url: str) -> dict[str, str]:
        if sent.url != url:
            raise ConfigError("this credential goes into the URL, not into headers")
        if self._credential.authenticator.challenged:
            raise ConfigError("this credential answers what an API asks for; no header holds it before that")
        return dict(sent.headers.lines())

    @property
    def certificate(self) -> tuple[str, str] | None:
        """The PEM files (certificate, key) that connections to APIs show, as requests takes them: ``cert=``.

        None where the credential has none.
        """
        found = self._credential.authenticator.certificate
        return found.pair if found else None

    def ssl_context(self) -> ssl.SSLContext:
        """For connections to APIs with a token that is bound to a certificate (RFC 8705): it shows the certificate.

        ``httpx2.Client(auth=auth, verify=auth.ssl_context())``, ``aiohttp.TCPConnector(ssl=auth.ssl_context())``.
        Raises ``ConfigError`` where the files cannot be used.
        """
        from . import tls

        made = self._credential.performer.wire.context(self._unlocked())
        return tls.context(made) if isinstance(made, bool) else made

    def connection(self, library: str = "httpx2") -> dict[str, Any]:
        """The proxy and the certificates that the credential has for its APIs, as ``library`` takes them.

        ``httpx2.Client(auth=auth, **auth.connection())``, ``requests.get(url, auth=auth,
        **auth.connection("requests"))``, ``session.get(url, **auth.connection("aiohttp"))``; empty for most. A proxy's
        password is in it. Raises ``ConfigError``.
        """
        from .connection import options

        self._unlocked()
        self._credential.told = True
        performer = self._credential.performer
        return options(self._credential.authenticator, library, performer.verify)

    def _unlocked(self) -> Certificate | None:
        """The certificate, its key's passphrase at hand."""
        from lychgate.issuer.key_file import unlocked

        found = self._credential.authenticator.certificate
        self._credential.performer.run(unlocked(found))
        return found

    def explain(self, url: str) -> str:
        """What would be sent to ``url`` and why, as a text without secrets. Sends nothing and binds nothing."""
        from .explain import explain

        return explain(self._credential, self._name(), url)

    def forget(self) -> None:
        """Drop the stored token; the next request gets a new one."""
        self._credential.performer.run(self._held().forget())

    def logout(self) -> bool:
        """Drop the stored token and tell the issuer; whether it has a way to be told.

        Raises ``TransientError`` or ``Refused`` where it was not told; the token is dropped all the same.
        """
        return bool(self._credential.performer.run(self._held().logout()))

    async def alogout(self) -> bool:
        """The same, awaiting."""
        return bool(await self._credential.performer.arun(self._held().logout()))

    def _held(self) -> Any:
        authenticator = self._credential.authenticator
        if hasattr(authenticator, "token") and hasattr(authenticator, "forget"):
            return authenticator
        raise ConfigError(f"{self._name()} holds no token; it goes on each request as it is")

    def _name(self) -> str:
        if self._profile:
            return f'profile "{self._profile}"'
        source = getattr(self._credential.authenticator, "source", None)
        who, where = getattr(source, "who", None), getattr(source, "where", None)
        return f"{who} at {where}" if who and where else repr(self._credential.authenticator)

    def __repr__(self) -> str:
        return f"<lychgate.Auth {self._number}: {self._name()}, for {self._credential.origins}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return refer(auth, self._profile, self._given)


def auth(
    what: str | Authenticator | Source,
    *,
    origins: Iterable[str] | None = None,
    store: str | os.PathLike[str] | Store | None = None,
    allow_insecure: bool = False,
    interaction: str = "auto",
    wire: Wire | None = None,
) -> Auth:
    """One object for every HTTP library, from an authenticator, a source of tokens, or a profile's name.

    ``origins``: whom it may reach (``["https://api.example.org"]``); without it the origin of its first request.
    ``store``: where tokens are kept: ``"memory"``, ``"file"``, a folder, or a store of one's own; without it a
    profile's tokens and a person's logins are in files, those of other objects made in code in memory.
    ``allow_insecure``: also over plain http to a host that is not loopback.
    ``interaction``: ``"auto"`` may ask the person at the terminal, ``"never"`` raises ``LoginNeeded`` instead.
    ``wire``: our own connection to the issuer, where it needs other certificates or a proxy.
    Raises ``ConfigError`` for what does not fit together.
    """
    masking.install()
    origins = origins if origins is None or isinstance(origins, str) else tuple(origins)
    given = {"origins": origins, "store": store, "allow_insecure": allow_insecure or None, "wire": wire}
    name = what if isinstance(what, str) else None
    if isinstance(what, str):
        from .profiles import open_profile

        found = open_profile(what)
        what, origins = found.what, found.origins if origins is None else origins
        store, allow_insecure = store or found.store or "file", allow_insecure or found.allow_insecure
    place = getattr(what, "usual_store", "memory") if store is None else store
    somebody = cast("Person", Somebody(interaction, f"lychgate login {name}" if name else ""))
    performer = Performer(open_store(place), somebody, wire)
    credential = Credential(as_authenticator(what), performer, Origins(origins, allow_insecure))
    return Auth(credential, name, {**given, "interaction": None if interaction == "auto" else interaction})
