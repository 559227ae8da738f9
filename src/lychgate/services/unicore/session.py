"""Calls to a UNICORE site: headers, security sessions, and what an answer means (UNICORE's REST API, "User preferences"
and "Security session handling")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from lychgate.issuer.call import retry_after
from lychgate.kernel.errors import ConfigError, LychgateError, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response, origin_of, without_query
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Now
from lychgate.services.service import Exchange, Service

from .access import Preferences, checked

SESSION, PREFERENCES = "X-UNICORE-SecuritySession", "X-UNICORE-User-Preferences"
UNKNOWN_SESSION = 432  # UNICORE's own status
YOUNG = 60.0  # seconds in which a token is not renewed for a 403: it is then about something else
_UNLIKELY, _LIKELY = frozenset({401}), frozenset({401, 403})  # a site says 403 of a token that has ended, too
_PASSING = frozenset({408, 425, 429})
_LONGEST = 500  # characters of a server's text that are shown


class Session:
    """``preferences`` go on each call; with ``sessions`` the site's id for this caller does, besides the credential."""

    def __init__(self, service: Service, preferences: str | Preferences | None = None, sessions: bool = True) -> None:
        self.service, self.sessions = service, sessions
        self._id: Secret | None = None  # whoever has it is taken for its owner
        self._preferences = ""
        self.preferences = preferences

    @property
    def preferences(self) -> str:
        """As the header has them; empty where the site chooses. Another value ends the security session."""
        return self._preferences

    @preferences.setter
    def preferences(self, value: str | Preferences | None) -> None:
        self._preferences, self._id = checked(str(value or "")), None

    @property
    def known(self) -> bool:
        """Whether the site has given us a security session."""
        return self._id is not None

    def call(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Flow[Response]:
        """One call, repeated once where the site does not know the session any more (432). ``body`` goes as JSON.

        Raises ``Refused`` with the site's ``.status`` and its text as ``.description``, ``TransientError``.
        """
        address = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}" if query else url
        data = None if body is None else json.dumps(body).encode()
        wanted, used = self._preferences, self._id
        response = yield from self._sent(method, address, data, headers or {}, used)
        if response.status == UNKNOWN_SESSION and used is not None:
            if self._id is not None and self._id.reveal() == used.reveal():  # nobody has begun another meanwhile
                self._id = None
            response = yield from self._sent(method, address, data, headers or {}, self._id)
        if response.status >= 300:
            raise problem(response, method, url, (yield from Now()))
        if self.sessions and self._preferences == wanted:
            given = response.headers.get(SESSION)
            self._id = Secret(given) if given else None
        return response

    def _sent(
        self, method: str, url: str, body: bytes | None, more: Mapping[str, str], id: Secret | None
    ) -> Flow[Response]:
        lines = {"Accept": "application/json", "Content-Type": "application/json"}
        home = origin_of(url) == origin_of(self.service.url)
        if id is not None and home:
            lines[SESSION] = id.reveal()
        if self._preferences and home:
            lines[PREFERENCES] = self._preferences
        stale = _LIKELY if id is None and (yield from self._may_have_ended()) else _UNLIKELY
        return (yield from Exchange(Request(method, url, Headers({**lines, **more}), body), stale=stale))

    def _may_have_ended(self) -> Flow[bool]:
        """Whether a 403 may be about a token that the site takes no more."""
        current = getattr(self.service.auth.credential.authenticator, "current", None)
        token = current() if current is not None else None
        return token is None or token.issued_at < (yield from Now()) - YOUNG


def problem(response: Response, method: str, url: str, now: float) -> LychgateError:
    """What an answer that is no success means."""
    status, said = response.status, said_by(response)
    where = f"{method} {without_query(url)}"
    if 300 <= status < 400:
        return ConfigError(f"{where} answered {status}: it leads elsewhere. Is the address right?", field="url")
    what = f"{where} answered {status}{f': {said}' if said else ''}"
    if status >= 500 or status in _PASSING:
        return TransientError(f"{what}; try again later", retry_after=retry_after(response, now), status=status)
    return Refused(what, error="refused", description=said, status=status)


def said_by(response: Response) -> str:
    """The server's own words: ``errorMessage`` of its JSON, else a short plain text; bounded, on one line."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        kind = response.headers.get("Content-Type", "")
        text = response.body.decode("utf-8", "replace") if kind.startswith("text/plain") else ""
    else:
        found = body.get("errorMessage") if isinstance(body, dict) else None
        text = found if isinstance(found, str) else ""
    return "".join(char if char.isprintable() else " " for char in text[:_LONGEST]).strip()
