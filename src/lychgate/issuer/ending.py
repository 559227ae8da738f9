"""Ending a login at its issuer: revocation (RFC 7009), and the end of a session (OpenID RP-Initiated Logout 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lychgate.kernel.flow import Flow
from lychgate.kernel.http import form_request
from lychgate.kernel.steps import Now, Send
from lychgate.oauth.revocation import request_fields

from .call import judge, shown
from .endpoint import offered, web_address
from .identity import Identity, revealed
from .key_file import unlocked

REVOCATION, SESSION = "revocation_endpoint", "end_session_endpoint"


def revoke(
    document: Mapping[str, Any], who: Identity, token: str, hint: str, *, allow_insecure: bool = False
) -> Flow[bool]:
    """Whether the issuer took ``token`` back (``hint``: ``refresh_token`` or ``access_token``); False: it offers none.

    Raises ``Refused``, ``TransientError``, ``InsecureError``.
    """
    return (yield from _post(document, REVOCATION, who, request_fields(token, hint), allow_insecure))


def end_session(
    document: Mapping[str, Any], who: Identity, refresh: str, *, allow_insecure: bool = False
) -> Flow[bool]:
    """Whether the issuer ended the session behind a refresh token, as Keycloak does for a POST; False: it offers none.

    Raises ``Refused``, ``TransientError``, ``InsecureError``.
    """
    return (yield from _post(document, SESSION, who, {"refresh_token": refresh}, allow_insecure))


def _post(
    document: Mapping[str, Any], name: str, who: Identity, fields: Mapping[str, str], allow_insecure: bool
) -> Flow[bool]:
    url = offered(document, name)
    if not url:
        return False
    web_address(url, "the login's token", allow_insecure=allow_insecure)
    text = yield from revealed(who.key)
    now = yield from Now()
    headers, ours = who.present(text, url, str(document["issuer"]), now)
    yield from unlocked(who.certificate)
    response = yield from Send(form_request(url, {**fields, **ours}, headers), 15, who.certificate)
    if not 200 <= response.status < 300:
        judge(response, f"the {name} {shown(url, who.client_id)}", now)
    return True
