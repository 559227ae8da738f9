"""Lychgate: one gate for every API. ``lychgate.auth(...)`` makes an object that requests, httpx, httpx2, aiohttp and
fsspec take. Each name loads its module when it is first used (PEP 562)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lychgate.client.authenticators.anonymous import Anonymous
    from lychgate.client.authenticators.api_key import ApiKey
    from lychgate.client.authenticators.authenticator import Authenticator
    from lychgate.client.authenticators.basic import Basic
    from lychgate.client.authenticators.bearer import Bearer
    from lychgate.client.authenticators.chain import Chain
    from lychgate.client.authenticators.digest import Digest
    from lychgate.client.authenticators.signed_jwt import SignedJwt
    from lychgate.client.dpop import DPoP
    from lychgate.client.keycloak import Keycloak
    from lychgate.client.register import register
    from lychgate.client.sources.authorization_code import AuthorizationCode
    from lychgate.client.sources.client_credentials import ClientCredentials
    from lychgate.client.sources.command import Command
    from lychgate.client.sources.device_code import DeviceCode
    from lychgate.client.sources.environment import Environment
    from lychgate.client.sources.file import File
    from lychgate.client.sources.jwt_bearer import JwtBearer
    from lychgate.client.sources.login import Login
    from lychgate.client.sources.oidc_agent import OidcAgent
    from lychgate.client.sources.openstack import OpenStack
    from lychgate.client.sources.password import Password
    from lychgate.client.sources.refresh import Refresh
    from lychgate.client.sources.registered import Registered
    from lychgate.client.sources.token_exchange import TokenExchange
    from lychgate.client.sources.wlcg import WlcgToken
    from lychgate.client.ssh_agent import SshAgent
    from lychgate.client.token import Token
    from lychgate.kernel.errors import (
        ConfigError,
        InsecureError,
        LoginDead,
        LoginNeeded,
        LychgateError,
        NotReplayable,
        Refused,
        TransientError,
        Unavailable,
    )
    from lychgate.services.unicore.access import Preferences
    from lychgate.services.unicore.site import AsyncUnicore, Unicore
    from lychgate.services.wps.client import AsyncWps, Wps
    from lychgate.world.adapters.fsspec import fsspec
    from lychgate.world.auth import Auth, auth
    from lychgate.world.masking import mask_logs
    from lychgate.world.presets import (
        cdse,
        climate_engine,
        earthdata,
        egi,
        esgf,
        github,
        google,
        keycloak,
        microsoft,
        openstack,
        unicore,
        wlcg_iam,
    )
    from lychgate.world.secrets import Secret

__version__ = "0.1.0"

_ERRORS = (
    "ConfigError InsecureError LoginDead LoginNeeded LychgateError NotReplayable Refused TransientError Unavailable"
)
_PRESETS = "cdse climate_engine earthdata egi esgf github google keycloak microsoft openstack unicore wlcg_iam"
_WHERE: dict[str, str] = dict.fromkeys(_ERRORS.split(), "lychgate.kernel.errors")
_WHERE |= dict.fromkeys(_PRESETS.split(), "lychgate.world.presets")
_WHERE |= {
    "Anonymous": "lychgate.client.authenticators.anonymous",
    "ApiKey": "lychgate.client.authenticators.api_key",
    "AsyncUnicore": "lychgate.services.unicore.site",
    "AsyncWps": "lychgate.services.wps.client",
    "Auth": "lychgate.world.auth",
    "Authenticator": "lychgate.client.authenticators.authenticator",
    "AuthorizationCode": "lychgate.client.sources.authorization_code",
    "Basic": "lychgate.client.authenticators.basic",
    "Bearer": "lychgate.client.authenticators.bearer",
    "Chain": "lychgate.client.authenticators.chain",
    "ClientCredentials": "lychgate.client.sources.client_credentials",
    "Command": "lychgate.client.sources.command",
    "DPoP": "lychgate.client.dpop",
    "DeviceCode": "lychgate.client.sources.device_code",
    "Digest": "lychgate.client.authenticators.digest",
    "Environment": "lychgate.client.sources.environment",
    "File": "lychgate.client.sources.file",
    "JwtBearer": "lychgate.client.sources.jwt_bearer",
    "Keycloak": "lychgate.client.keycloak",
    "Login": "lychgate.client.sources.login",
    "OidcAgent": "lychgate.client.sources.oidc_agent",
    "OpenStack": "lychgate.client.sources.openstack",
    "Password": "lychgate.client.sources.password",
    "Preferences": "lychgate.services.unicore.access",
    "Refresh": "lychgate.client.sources.refresh",
    "Registered": "lychgate.client.sources.registered",
    "Secret": "lychgate.world.secrets",
    "SignedJwt": "lychgate.client.authenticators.signed_jwt",
    "SshAgent": "lychgate.client.ssh_agent",
    "Token": "lychgate.client.token",
    "TokenExchange": "lychgate.client.sources.token_exchange",
    "Unicore": "lychgate.services.unicore.site",
    "WlcgToken": "lychgate.client.sources.wlcg",
    "Wps": "lychgate.services.wps.client",
    "auth": "lychgate.world.auth",
    "fsspec": "lychgate.world.adapters.fsspec",
    "mask_logs": "lychgate.world.masking",
    "register": "lychgate.client.register",
}

__all__ = [
    "Anonymous",
    "ApiKey",
    "AsyncUnicore",
    "AsyncWps",
    "Auth",
    "Authenticator",
    "AuthorizationCode",
    "Basic",
    "Bearer",
    "Chain",
    "ClientCredentials",
    "Command",
    "ConfigError",
    "DPoP",
    "DeviceCode",
    "Digest",
    "Environment",
    "File",
    "InsecureError",
    "JwtBearer",
    "Keycloak",
    "Login",
    "LoginDead",
    "LoginNeeded",
    "LychgateError",
    "NotReplayable",
    "OidcAgent",
    "OpenStack",
    "Password",
    "Preferences",
    "Refresh",
    "Refused",
    "Registered",
    "Secret",
    "SignedJwt",
    "SshAgent",
    "Token",
    "TokenExchange",
    "TransientError",
    "Unavailable",
    "Unicore",
    "WlcgToken",
    "Wps",
    "auth",
    "cdse",
    "climate_engine",
    "earthdata",
    "egi",
    "esgf",
    "fsspec",
    "github",
    "google",
    "keycloak",
    "mask_logs",
    "microsoft",
    "openstack",
    "register",
    "unicore",
    "wlcg_iam",
]


def __getattr__(name: str) -> Any:
    try:
        module = _WHERE[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = globals()[name] = getattr(import_module(module), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
