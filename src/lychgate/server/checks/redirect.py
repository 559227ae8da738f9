"""Where the answer goes (RFC 6749 3.1.2, RFC 9700 4.1.3): compared letter by letter.

Only the port of a plain http address of this machine may differ (RFC 8252 7.3): 127.0.0.1, [::1], and localhost where
it is registered so. From here on an error travels to the client.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from lychgate.oauth.error import OAuthError
from lychgate.server.model import Client

from .check import MODES, Asking

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::[0-9]{1,5})?((?:[/?].*)?)")


async def is_registered(asking: Asking) -> None:
    registered = asking.client.redirect_uris
    asked = asking.params.get("redirect_uri")
    if asked is None and len(registered) == 1:
        asked = registered[0]
    if asked is None:
        raise OAuthError("invalid_request", "The redirect_uri is missing.")
    if asked not in registered and not _other_port(asked, asking.client):
        raise OAuthError("invalid_request", "The redirect_uri is not one that the program has registered.")
    asking.redirect_uri, asking.answerable = asked, True


def _other_port(asked: str, client: Client) -> bool:
    wanted = _LOOPBACK.fullmatch(asked)
    if wanted is None or any(c in unquote(asked) for c in "\\\r\n\0"):
        return False
    known = (_LOOPBACK.fullmatch(uri) for uri in client.redirect_uris)
    return any(one is not None and one.groups() == wanted.groups() for one in known)


async def mode_is_known(asking: Asking) -> None:
    mode = asking.params.get("response_mode", "query")
    if mode not in MODES:
        raise OAuthError("invalid_request", f"response_mode is one of {', '.join(MODES)}")
    asking.mode = mode
