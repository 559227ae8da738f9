"""Presets: what is known of a system's addresses and customs, as data. Each is a call of a source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret

from .authenticators.authenticator import Authenticator
from .sources.client_credentials import ClientCredentials
from .sources.password import Password
from .sources.source import Source

CLIMATE_ENGINE = "https://auth.climateengine.com"
CLIMATE_ENGINE_API = "https://api.climateengine.com"


@dataclass(frozen=True, slots=True)
class Preset:
    """Where tokens come from (or what goes on a request as it is), and whom they may reach.

    ``unicore`` is the REST address of the UNICORE site that it is for, which issues tokens of its own.
    """

    source: Source | Authenticator
    origins: tuple[str, ...]
    unicore: str = ""


def climate_engine(
    client_id: str = "",
    client_secret: Secret | str | None = None,
    *,
    username: str = "",
    password: Secret | str | None = None,
    method: str = "",
    url: str = CLIMATE_ENGINE,
    origins: Iterable[str] | None = None,
) -> Preset:
    """Climate Engine: a client's id and secret, or (for testing) a user's name and password.

    ``url`` is the authorization server's address; its tokens also open its own ``/api/v1``. Without ``origins`` they go
    there and, from the original server, to the original API. Raises ``ConfigError`` where neither pair is whole.
    """
    endpoint = f"{url.rstrip('/')}/api/v1/auth/jwt/token"
    reach = tuple(origins) if origins is not None else (CLIMATE_ENGINE_API,) if url == CLIMATE_ENGINE else ()
    return Preset(_source(endpoint, client_id, client_secret, username, password, method), (origin_of(url), *reach))


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
