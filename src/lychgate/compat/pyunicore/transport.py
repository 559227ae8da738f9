"""``pyunicore.client.Transport``: calls with a credential, user preferences and security sessions."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import lychgate
from lychgate.kernel.http import Headers, Response, origin_of
from lychgate.services.unicore.site import Unicore
from lychgate.world.origins import Origins

from .credentials import Anonymous
from .crossing import ByHeader, GivesHeader

log = logging.getLogger("lychgate.compat.pyunicore")


@dataclass(frozen=True)
class Reply:
    """An answer with the names that pyunicore's users know."""

    response: Response

    @property
    def status_code(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Headers:
        return self.response.headers

    @property
    def content(self) -> bytes:
        return self.response.body

    @property
    def text(self) -> str:
        return self.response.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return self.response.json()


class Transport:
    """``credential`` is one of ``credentials``, of the real pyunicore, or all that ``lychgate.auth`` takes.

    ``verify``: True, or a file with the certificates of a CA of one's own; False (for tests) checks no certificate.
    It goes to the origin of the first call, and to those that ``origins`` names. ``timeout`` in seconds.
    Errors are ``lychgate.Refused`` with the server's ``.status`` and its text.
    """

    def __init__(
        self,
        credential: Any,
        verify: bool | str | ssl.SSLContext = True,
        use_security_sessions: bool = True,
        timeout: float = 120,
        origins: Iterable[str] | None = None,
    ) -> None:
        self._origins = Origins(origins)
        self.credential, self.verify = credential, verify
        self.use_security_sessions, self.timeout = use_security_sessions, timeout
        self.settings_changed = True
        self._preferences: str | None = None
        self._sites: dict[str, Unicore] = {}

    @property
    def preferences(self) -> str | None:
        """``"group:myproject1"``, ``"uid:a,group:b,role:user"``; what is not available is refused (403) by the site."""
        return self._preferences

    @preferences.setter
    def preferences(self, value: str | None) -> None:
        self._preferences, self.settings_changed = value, True
        for site in self._sites.values():
            site.preferences = value

    @property
    def anonymous(self) -> bool:
        """Whether it logs nobody in on purpose."""
        return self.credential is None or isinstance(self.credential, Anonymous | lychgate.Anonymous)

    def get(self, to_json: bool = True, *, url: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None) -> Any:  # fmt: skip  # noqa: E501
        """The JSON of the answer, or (``to_json=False``) the answer."""
        reply = self._call("GET", url, params, None, headers)
        return reply.json() if to_json else reply

    def put(self, *, url: str, json: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        return self._call("PUT", url, None, json, headers)

    def post(self, *, url: str, json: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        return self._call("POST", url, None, json, headers)

    def delete(self, *, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self._call("DELETE", url, None, None, headers)

    def _call(
        self, method: str, url: str, params: Mapping[str, Any] | None, body: Any, headers: Mapping[str, str] | None
    ) -> Reply:
        site = self._site(url)
        query = {name: str(value) for name, value in (params or {}).items()}
        answer = site.service.run(site.session.call(method, url, query=query, body=body, headers=headers))
        self.settings_changed = False
        return Reply(answer)

    def _site(self, url: str) -> Unicore:
        """One for each origin: a session is for that alone. Raises ``InsecureError`` for one that was not named."""
        self._origins.admit(url)
        origin = origin_of(url)
        if origin not in self._sites:
            given = self.credential
            what = ByHeader(given) if isinstance(given, GivesHeader) else given
            self._sites[origin] = Unicore(
                url,
                what,
                preferences=self._preferences,
                sessions=self.use_security_sessions,
                verify=_context(self.verify),
                timeout=self.timeout,
            )
        return self._sites[origin]

    def _clone(self) -> Transport:
        """The same for another resource; its preferences are its own from then on."""
        made = Transport(self.credential, self.verify, self.use_security_sessions, self.timeout)
        made._preferences, made._origins = self._preferences, self._origins
        return made


def _context(verify: bool | str | ssl.SSLContext) -> str | ssl.SSLContext | None:
    if verify is True:
        return None
    if verify is not False:
        return verify
    log.warning("verify=False: anybody on the way can take the place of the site, and the credential")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
