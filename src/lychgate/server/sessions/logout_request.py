"""A client's wish to log its person out (OpenID Connect RP-Initiated Logout 1.0, 2 and 3), read and checked.

Pages carry it on sealed, and each step checks it anew: it may hold an ID token, which no URL and no page of ours shows.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from lychgate.kernel.errors import ConfigError
from lychgate.oauth.authorization import with_params
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.exchange import read_form
from lychgate.server.model import Client
from lychgate.server.people.login_model import Session
from lychgate.server.signing.hint import read_hint

PARAMS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales")
LONGEST = 8_000  # characters of all of them: sealed they must fit into a URL
_PURPOSE = "logout request"


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """``hint`` holds the claims of the ID token, if one was sent; ``back`` is where the browser goes afterwards, state
    and all, empty for nowhere; ``sealed`` carries the request on."""

    client: Client | None = None
    hint: Mapping[str, Any] | None = field(default=None, repr=False)
    back: str = ""
    languages: str = ""
    sealed: str = field(default="", repr=False)

    def names(self, engine: Engine, session: Session) -> bool:
        """Whether the ID token is one of this very session: then nobody needs to be asked (3)."""
        if self.client is None or self.hint is None:
            return False
        same_user = self.hint["sub"] == engine.subjects.of(self.client, session.user)
        return same_user and self.hint.get("sid") == session.id


async def read(engine: Engine, params: Mapping[str, str]) -> LogoutRequest:
    """Check ``params``. Raises ``OAuthError`` invalid_request; then nothing is done and nobody is sent anywhere."""
    hint = await read_hint(engine, params["id_token_hint"]) if "id_token_hint" in params else None
    id = params.get("client_id") or (hint["aud"] if hint else None)
    if hint is not None and hint["aud"] != id:
        raise OAuthError("invalid_request", "id_token_hint was made for another client than client_id names.")
    client = await engine.authority.client(engine.issuer.id, id) if id else None
    if id and (client is None or not client.active):
        raise OAuthError("invalid_request", "The program that asks for the logout is not known here.")
    return LogoutRequest(client, hint, _back(client, params), params.get("ui_locales", ""), seal(engine, params))


def _back(client: Client | None, params: Mapping[str, str]) -> str:
    """Compared letter by letter. Where nobody says which client it is, there is nothing to compare it with."""
    uri = params.get("post_logout_redirect_uri", "")
    if not uri or client is None:
        return ""
    if uri not in client.extra.get("post_logout_redirect_uris", ()):
        raise OAuthError("invalid_request", "post_logout_redirect_uri is none that this program registered.")
    return with_params(uri, {"state": params["state"]}) if "state" in params else uri


def seal(engine: Engine, params: Mapping[str, str]) -> str:
    """``params`` as one word that only we can read; empty for none."""
    known = {name: params[name] for name in PARAMS if name in params}
    text = urlencode(known)
    if len(text) > LONGEST:
        raise OAuthError("invalid_request", f"A logout request has at most {LONGEST} characters.")
    return base64.urlsafe_b64encode(engine.master.seal(text.encode(), _PURPOSE)).decode() if known else ""


def unseal(engine: Engine, word: str) -> Mapping[str, str]:
    """What ``seal`` has sealed. Raises ``OAuthError`` invalid_request for anything else."""
    if not word:
        return {}
    try:
        return read_form(engine.master.unseal(base64.urlsafe_b64decode(word.encode("ascii")), _PURPOSE))
    except (binascii.Error, ConfigError, UnicodeEncodeError):
        raise OAuthError("invalid_request", "This logout request is damaged.") from None
