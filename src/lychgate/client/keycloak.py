"""Keycloak, and the ESGF compute nodes behind it: what a person gives there, and the source that comes of it."""

from __future__ import annotations

from collections.abc import Iterable

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret

from .presets.preset import Preset, Store
from .sources.authorization_code import AuthorizationCode
from .sources.client_credentials import ClientCredentials
from .sources.registered import Registered
from .sources.source import Source

REGISTRATION = "/wps/auth/client_registration/"


def Keycloak(
    *,
    keycloak_url: str,
    realm: str,
    base_url: str = "",
    client_id: str | None = None,
    client_secret: Secret | str | None = None,
    pkce: bool = False,
    redirect_port: int = 8888,
    scope: str = "",
) -> Source:
    """A source of tokens from the realm ``realm`` of the Keycloak at ``keycloak_url``.

    With ``pkce`` a person logs in in the browser, which comes back to ``redirect_port`` (``client_id`` is required);
    with ``client_id`` and ``client_secret`` the program gets its own tokens; with neither, the person registers the
    program at the compute node ``base_url`` first. Raises ``ConfigError`` for what does not fit together.
    """
    issuer = f"{keycloak_url.rstrip('/')}/realms/{realm}"
    if pkce:
        if not client_id:
            raise ConfigError("pkce=True needs a client_id: the realm's public client for programs", field="client_id")
        return AuthorizationCode(
            issuer=issuer,
            client_id=client_id,
            client_secret=client_secret,
            redirect_port=redirect_port,
            scope=scope or "openid",
        )
    if client_id and client_secret is not None:
        return ClientCredentials(
            issuer=issuer, client_id=client_id, client_secret=client_secret, method="client_secret_post", scope=scope
        )
    if client_id or client_secret is not None:
        field = "client_secret" if client_id else "client_id"
        raise ConfigError(f"{field} is missing; or say pkce=True for a login in the browser", field=field)
    if not base_url:
        raise ConfigError("give client_id, or base_url for the registration of this program", field="base_url")
    return Registered(issuer=issuer, registration=base_url.rstrip("/") + REGISTRATION, scope=scope)


def keycloak(
    *,
    keycloak_url: str,
    realm: str,
    base_url: str = "",
    client_id: str | None = None,
    client_secret: Secret | str | None = None,
    pkce: bool = False,
    redirect_port: int = 8888,
    scope: str = "",
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """Tokens of a Keycloak realm, by a login in the browser, a registration, or a client's id and secret.

    ``origins``: whom the tokens may reach besides ``base_url`` and Keycloak itself. Raises ``ConfigError``.
    """
    source = Keycloak(
        keycloak_url=keycloak_url,
        realm=realm,
        base_url=base_url,
        client_id=client_id,
        client_secret=client_secret,
        pkce=pkce,
        redirect_port=redirect_port,
        scope=scope,
    )
    own = [origin_of(url) for url in (base_url, keycloak_url) if url]
    return Preset(source, tuple(dict.fromkeys([*own, *(origins or ())])), store=store)


def esgf(
    base_url: str,
    *,
    realm: str = "compute-cluster",
    client_id: str | None = None,
    client_secret: Secret | str | None = None,
    pkce: bool = False,
    redirect_port: int = 8888,
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """Tokens for an ESGF compute node, whose Keycloak is at ``base_url`` + ``/auth``.

    ``lychgate.esgf("https://compute.node", client_id="wps", pkce=True)``. Raises ``ConfigError``.
    """
    return keycloak(
        keycloak_url=f"{base_url.rstrip('/')}/auth",
        realm=realm,
        base_url=base_url,
        client_id=client_id,
        client_secret=client_secret,
        pkce=pkce,
        redirect_port=redirect_port,
        origins=origins,
        store=store,
    )
