"""The names of ESGF's ``cwt``: change ``import cwt`` to ``from lychgate.compat import cwt``.

So far its authenticators: each also serves as ``auth=`` in requests and httpx.
"""

from . import auth, llnl_client
from .auth import Authenticator, BearerTokenAuthenticator, KeyCloakAuthenticator
from .llnl_client import LLNLKeyCloakAuthenticator

__all__ = [
    "Authenticator",
    "BearerTokenAuthenticator",
    "KeyCloakAuthenticator",
    "LLNLKeyCloakAuthenticator",
    "auth",
    "llnl_client",
]
