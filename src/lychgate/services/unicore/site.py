"""``lychgate.Unicore`` and ``lychgate.AsyncUnicore``: a UNICORE site, or the site of a UFTP Authserver, by its URL."""

from __future__ import annotations

import math
import ssl
from collections.abc import Mapping
from typing import Any

from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Response, origin_of, without_query
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Now
from lychgate.services.operation import Awaiting, Blocking, operation
from lychgate.services.service import Service
from lychgate.world.auth import Auth, auth
from lychgate.world.wire import Wire

from .access import AccessInfo, Preferences, read_access
from .session import Session

TIMEOUT = 120.0  # seconds for each wait for the site
RENEW_UNTIL = "X-Lychgate-Renew-Until"  # epoch seconds, where the site says it


class Site:
    """``url`` is the REST address (``https://host/SITE/rest/core``), ``what`` all that ``lychgate.auth`` takes, or an
    ``Auth``, or None for nobody. The name of a UNICORE profile alone stands for both.

    ``preferences``: what to be there. ``sessions``: use security sessions. ``verify``: a file with the certificates of
    a CA of one's own, or an ``ssl.SSLContext``; certificates are checked in any case. Sends nothing yet.
    """

    def __init__(
        self,
        url: str,
        what: Any = None,
        *,
        preferences: str | Preferences | None = None,
        sessions: bool = True,
        verify: str | ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        allow_insecure: bool = False,
    ) -> None:
        if "://" not in url and what is None:
            url, what = _address(url), url
        self.url = url.rstrip("/")
        credential = _credential(self.url, what, verify, allow_insecure)
        self.service = Service(self.url, credential, timeout=timeout, allow_insecure=allow_insecure)
        self.session = Session(self.service, preferences, sessions)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {without_query(self.url)}: {self.service.auth!r}>"

    @property
    def preferences(self) -> str:
        """As the header has them. What is set is a text (``group:myproject1``) or ``Preferences``."""
        return self.session.preferences

    @preferences.setter
    def preferences(self, value: str | Preferences | None) -> None:
        self.session.preferences = value

    @operation
    def access_info(self) -> Flow[AccessInfo]:
        """Who one is here, and what one may choose. Raises ``Refused`` (403 for wrong credentials, too)."""
        found = yield from self._properties(("client",))
        try:
            return read_access(found.get("client"))
        except ValueError:
            raise _strange(self.url, "no access information") from None

    @operation
    def properties(self, *fields: str) -> Flow[Mapping[str, Any]]:
        """What the site says of itself: all of it, or the members that ``fields`` name."""
        return (yield from self._properties(fields))

    @operation
    def issue_token(
        self, *, lifetime: float | None = None, renewable: bool = False, limited: bool = False
    ) -> Flow[Token]:
        """A token that logs in in place of one's own credentials; whoever has it can do here what one can oneself.

        ``lifetime`` in seconds, else the server's usual one. ``renewable``: another can be made with it. ``limited``:
        good for this server alone, else for all that trust it. Raises ``Refused``: 403 where there is none to be had,
        400 for a lifetime that is too long.
        """
        query = {
            **({} if lifetime is None else {"lifetime": f"{math.ceil(lifetime)}"}),
            **({"renewable": "true"} if renewable else {}),
            **({"limited": "true"} if limited else {}),
        }
        answer = yield from self.session.call("GET", f"{self.url}/token", query=query, headers={"Accept": "text/plain"})
        return _token(answer, self.url, (yield from Now()))

    @operation
    def certificate(self) -> Flow[str]:
        """The server's certificate (PEM): what another server is given to trust its tokens."""
        answer = yield from self.session.call("GET", f"{self.url}/certificate", headers={"Accept": "text/plain"})
        return answer.body.decode("utf-8", "replace")

    @operation
    def call(
        self, method: str, path: str = "", *, query: Mapping[str, str] | None = None, json: Any = None
    ) -> Flow[Any]:
        """Any other call below the site (or at a whole URL of ``_links``): the JSON of its answer, None for none.

        Raises ``Refused`` and ``TransientError``.
        """
        url = path if "://" in path else f"{self.url}/{path.lstrip('/')}" if path else self.url
        answer = yield from self.session.call(method, url, query=query, body=json)
        return _json(answer) if answer.body else None

    def _properties(self, fields: tuple[str, ...]) -> Flow[Mapping[str, Any]]:
        query = {"fields": ",".join(fields)} if fields else None
        found = _json((yield from self.session.call("GET", self.url, query=query)))
        if not isinstance(found, dict):
            raise _strange(self.url, "no JSON object")
        return found


class Unicore(Site, Blocking):
    """``Unicore("https://host/SITE/rest/core", lychgate.Basic("demouser", password)).access_info()``."""


class AsyncUnicore(Site, Awaiting):
    """The same, awaiting: ``await AsyncUnicore(url, "juwels").access_info()``."""


def _address(profile: str) -> str:
    """Raises ``ConfigError`` where it is no profile of a site."""
    from lychgate.world.profiles import open_profile

    found = open_profile(profile).unicore
    if not found:
        raise ConfigError(f'the profile "{profile}" is for no UNICORE site; give its REST address', field="url")
    return found


def _credential(url: str, what: Any, verify: str | ssl.SSLContext | None, allow_insecure: bool) -> Any:
    if verify is None:
        return what
    if isinstance(what, Auth):
        raise ConfigError(
            "an Auth has its own connection: give lychgate.auth(..., wire=) the certificates", field="verify"
        )
    context = ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
    from lychgate.client.authenticators.anonymous import Anonymous

    named = isinstance(what, str)
    what = Anonymous() if what is None else what
    return auth(
        what, origins=None if named else [origin_of(url)], allow_insecure=allow_insecure, wire=Wire(verify=context)
    )


def _token(answer: Response, url: str, now: float) -> Token:
    from lychgate.oauth import jose  # the cryptography is loaded where a token has come

    text = answer.body.decode("utf-8", "replace").strip()
    try:
        claims = jose.peek(text)[1]
    except jose.BadJwt:
        raise _strange(url, "no token") from None
    end = claims.get("exp")
    until = answer.headers.get(RENEW_UNTIL, "")
    extra = {"claims": claims} | ({"renew_until": int(until)} if until.isdecimal() else {})
    ends = float(end) if isinstance(end, int | float) and not isinstance(end, bool) else None
    return Token(Secret(text), expires_at=ends, extra=extra, issued_at=now)


def _json(answer: Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise _strange(answer.url, "no JSON") from None


def _strange(url: str, what: str) -> TransientError:
    return TransientError(f"{without_query(url)} answered with {what}. Is this the REST address of a UNICORE site?")
