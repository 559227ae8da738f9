"""The end of a login: the issuer is told, by revocation (RFC 7009) or, with Keycloak, by the end of its session."""

from __future__ import annotations

from lychgate.issuer import ending
from lychgate.issuer.discovery import discover
from lychgate.issuer.endpoint import by_certificate, offered
from lychgate.kernel.errors import Refused
from lychgate.kernel.flow import Flow

from .oauth_client import OAuthClient
from .token import Token


def end(source: object, token: Token) -> Flow[bool]:
    """Whether the issuer ended the login behind ``token``; False where it has no way to be told.

    Raises ``TransientError`` where it could not be reached, ``Refused`` where it would not.
    """
    if not isinstance(source, OAuthClient) or not source.issuer:
        return False
    lax, who = source.allow_insecure, source._identity()
    document = yield from discover(source.issuer, allow_insecure=lax)
    document = by_certificate(document) if source.certificate else document
    refresh = token.refresh.reveal() if token.refresh else ""
    if refresh and "/realms/" in offered(document, ending.SESSION):  # Keycloak takes a POST of the refresh token there
        try:
            return (yield from ending.end_session(document, who, refresh, allow_insecure=lax))
        except Refused as error:
            if error.error != "invalid_grant":  # it says so of a session that has ended already
                raise
    hint = "refresh_token" if refresh else "access_token"
    return (yield from ending.revoke(document, who, refresh or token.access.reveal(), hint, allow_insecure=lax))
