"""A login in the person's browser (RFC 6749 4.1, RFC 8252): the authorization code grant with PKCE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client.interactive import Interactive
from lychgate.client.token import Token
from lychgate.issuer.device import ENDPOINT, NoCode
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Reach, Tell


@dataclass(frozen=True, kw_only=True, eq=False)
class AuthorizationCode(Interactive):
    """``AuthorizationCode(issuer=..., client_id=...)``; with a ``client_secret`` where the program has one.

    The browser comes back to ``http://127.0.0.1:8888``. Where the browser is on another machine, a device code serves
    if the issuer has it for this program; else the person pastes the address at which the browser ended.
    """

    redirect_port: Annotated[int, "the port that the browser comes back to; 0 takes any that is free"] = 8888

    def obtain(self) -> Flow[Token]:
        """Raises ``Refused``, ``TransientError``, ``LoginNeeded``, ``ConfigError`` (a port that is taken)."""
        document = yield from self.document()
        near = yield from Reach(self.issuer, self.command)
        if not near and document.get(ENDPOINT) and not self.security:
            try:
                return (yield from self.by_device(document))
            except NoCode as error:
                yield from Tell(f"No code can be had ({error.error or error}); it goes by the browser then.")
        return (yield from self.by_browser(document, self.redirect_port))
