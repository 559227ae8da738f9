"""The names of ESGF's ``cwt``: change ``import cwt`` to ``from lychgate.compat import cwt``.

Its authenticators also serve as ``auth=`` in requests and httpx.
"""

from . import auth, errors, llnl_client
from .auth import Authenticator, BearerTokenAuthenticator, KeyCloakAuthenticator
from .domain import CRS, INDICES, TIMESTAMPS, VALUES, Dimension, Domain
from .errors import (
    CWTError,
    JobMissingError,
    MissingRequiredKeyError,
    WPSAuthError,
    WPSClientError,
    WPSServerError,
    WPSTimeoutError,
)
from .llnl_client import LLNLClient, LLNLKeyCloakAuthenticator
from .parameter import Gridder, NamedParameter
from .process import Process
from .variable import Variable
from .wps_client import WPSClient

__all__ = [
    "CRS",
    "INDICES",
    "TIMESTAMPS",
    "VALUES",
    "Authenticator",
    "BearerTokenAuthenticator",
    "CWTError",
    "Dimension",
    "Domain",
    "Gridder",
    "JobMissingError",
    "KeyCloakAuthenticator",
    "LLNLClient",
    "LLNLKeyCloakAuthenticator",
    "MissingRequiredKeyError",
    "NamedParameter",
    "Process",
    "Variable",
    "WPSAuthError",
    "WPSClient",
    "WPSClientError",
    "WPSServerError",
    "WPSTimeoutError",
    "auth",
    "errors",
    "llnl_client",
]
