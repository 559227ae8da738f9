"""The document's own module name: ``from lychgate.compat.silo.auth import add_auth, Authenticator``."""

from . import (
    AuthApiKey,
    AuthBasic,
    Authenticator,
    AuthNone,
    AuthOAuth2,
    AuthToken,
    CredentialFilter,
    add_auth,
    auth_logger,
    get_authmethod,
    http_check_result,
)

__all__ = [
    "AuthApiKey",
    "AuthBasic",
    "AuthNone",
    "AuthOAuth2",
    "AuthToken",
    "Authenticator",
    "CredentialFilter",
    "add_auth",
    "auth_logger",
    "get_authmethod",
    "http_check_result",
]
