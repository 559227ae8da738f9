"""The Snippet Framework's authenticators: ``from lychgate.compat.silo import Authenticator, add_auth``."""

from .authenticator import Authenticator, add_auth, get_authmethod
from .credential import Credential
from .masking import CredentialFilter, auth_logger
from .step import http_check_result, http_step
from .stock import AuthApiKey, AuthBasic, AuthNone
from .stock_tokens import AuthOAuth2, AuthToken

__all__ = [
    "AuthApiKey",
    "AuthBasic",
    "AuthNone",
    "AuthOAuth2",
    "AuthToken",
    "Authenticator",
    "Credential",
    "CredentialFilter",
    "add_auth",
    "auth_logger",
    "get_authmethod",
    "http_check_result",
    "http_step",
]
