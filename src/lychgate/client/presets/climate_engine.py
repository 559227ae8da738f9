"""Climate Engine: its authorization server, and the API that its tokens are for."""

from __future__ import annotations

from collections.abc import Iterable

from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.password import Password
from lychgate.client.sources.source import Source
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret

from .preset import Preset, Store

CLIMATE_ENGINE = "https://auth.climateengine.com"
CLIMATE_ENGINE_API = "https://api.climateengine.com"


def climate_engine(
    client_id: str = "",
    client_secret: Secret | str | None = None,
    *,
    username: str = "",
    password: Secret | str | None = None,
    method: str = "",
    url: str = CLIMATE_ENGINE,
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """Climate Engine's tokens for its API: ``lychgate.climate_engine(client_id="...", client_secret="...")``, or (for
    testing) a user's name and password.

    ``method``: how the client says who it is, ``client_secret_basic`` by default. ``url``: the authorization server,
    whose own ``/api/v1`` its tokens open too. ``origins``: whom else they may reach; from the original server that is
    the original API. Raises ``ConfigError`` where no pair is whole.
    """
    endpoint = f"{url.rstrip('/')}/api/v1/auth/jwt/token"
    reach = tuple(origins) if origins is not None else (CLIMATE_ENGINE_API,) if url == CLIMATE_ENGINE else ()
    source = _source(endpoint, client_id, client_secret, username, password, method)
    return Preset(source, (origin_of(url), *reach), store=store)


def _source(
    endpoint: str,
    client_id: str,
    client_secret: Secret | str | None,
    username: str,
    password: Secret | str | None,
    method: str,
) -> Source:
    if client_id and client_secret is not None:
        return ClientCredentials(
            token_endpoint=endpoint, client_id=client_id, client_secret=client_secret, method=method
        )
    if username and password is not None:
        return Password(token_endpoint=endpoint, username=username, password=password)
    raise ConfigError("give client_id and client_secret, or username and password", field="client_id")
