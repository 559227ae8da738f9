"""Presets as objects ready to use: ``lychgate.climate_engine(...)``. What they are made of stands in ``client``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lychgate.client import presets
from lychgate.kernel.secret import Secret

from .auth import Auth, auth

if TYPE_CHECKING:
    from lychgate.client.signer import Signer

    from .stores.store import Store


def climate_engine(
    client_id: str = "",
    client_secret: Secret | str | None = None,
    *,
    username: str = "",
    password: Secret | str | None = None,
    method: str = "",
    url: str = presets.CLIMATE_ENGINE,
    origins: Iterable[str] | None = None,
    store: str | os.PathLike[str] | Store = "memory",
) -> Auth:
    """Climate Engine's tokens for its API: ``lychgate.climate_engine(client_id="...", client_secret="...")``.

    ``method``: how the client says who it is, ``client_secret_basic`` by default. ``url``: the authorization server.
    ``origins``: whom the tokens may reach besides it. Raises ``ConfigError`` where no pair is whole.
    """
    preset = presets.climate_engine(
        client_id,
        client_secret,
        username=username,
        password=password,
        method=method,
        url=url,
        origins=origins,
    )
    return auth(preset.source, origins=preset.origins, store=store)


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
    store: str | os.PathLike[str] | Store | None = None,
) -> Auth:
    """Tokens of a Keycloak realm, by a login in the browser, a registration, or a client's id and secret.

    ``origins``: whom the tokens may reach besides ``base_url`` and Keycloak itself. Raises ``ConfigError``.
    """
    from lychgate.client import keycloak as made

    preset = made.keycloak(
        keycloak_url=keycloak_url,
        realm=realm,
        base_url=base_url,
        client_id=client_id,
        client_secret=client_secret,
        pkce=pkce,
        redirect_port=redirect_port,
        scope=scope,
        origins=origins,
    )
    return auth(preset.source, origins=preset.origins, store=store)


def esgf(
    base_url: str,
    *,
    realm: str = "compute-cluster",
    client_id: str | None = None,
    client_secret: Secret | str | None = None,
    pkce: bool = False,
    redirect_port: int = 8888,
    origins: Iterable[str] | None = None,
    store: str | os.PathLike[str] | Store | None = None,
) -> Auth:
    """Tokens for an ESGF compute node: ``lychgate.esgf("https://compute.node", client_id="wps", pkce=True)``."""
    from lychgate.client import keycloak as made

    preset = made.esgf(
        base_url,
        realm=realm,
        client_id=client_id,
        client_secret=client_secret,
        pkce=pkce,
        redirect_port=redirect_port,
        origins=origins,
    )
    return auth(preset.source, origins=preset.origins, store=store)


def unicore(
    url: str,
    *,
    username: str = "",
    key: Secret | Signer | str | None = None,
    passphrase: Secret | str | None = None,
    password: Secret | str | None = None,
    token: Secret | str | None = None,
    account: str = "",
    issuer: str = "",
    client_id: str = "",
    origins: Iterable[str] | None = None,
    store: str | os.PathLike[str] | Store | None = None,
) -> Auth:
    """A UNICORE site: ``lychgate.unicore("https://host/SITE/rest/core", username="ada", key=lychgate.SshAgent())``.

    The ways to log in are a ``key`` or a ``password`` of ``username``, a ``token``, an ``account`` of oidc-agent, or a
    login in the browser at ``issuer``. Raises ``ConfigError`` for none of them or two.
    """
    from lychgate.client import unicore as made

    preset = made.unicore(
        url,
        username=username,
        key=key,
        passphrase=passphrase,
        password=password,
        token=token,
        account=account,
        issuer=issuer,
        client_id=client_id,
        origins=origins,
    )
    return auth(preset.source, origins=preset.origins, store=store)
