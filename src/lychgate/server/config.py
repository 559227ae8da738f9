"""The server's settings: each a flag, an environment variable and a key of a TOML file, in this order of strength.

``port`` is ``--port``, ``LYCHGATE_PORT`` and ``port = ...``; a table's key is ``LYCHGATE_FACADE__CLIMATE_ENGINE__ALG``.
The members of a list have commas between them there. ``LYCHGATE_DATABASE_FILE`` names a file that holds the secret.
"""

from __future__ import annotations

import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from lychgate.kernel.http import LOOPBACK_NAMES
from lychgate.world.telemetry import export

from .configuration.keycloak_settings import ExternalKeycloak
from .configuration.settings import PREFIX, FileSettings, SecretFiles
from .configuration.unicore_settings import Unicore

Alg = Literal["ES256", "RS256", "EdDSA"]


def _listed(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Seconds = Annotated[int, Field(ge=1)]


class ClimateEngine(BaseModel):
    """The Climate Engine facade. ``audiences`` and ``default_roles`` go into the tokens of its token paths."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audiences: Texts = ()
    default_roles: Texts = ()
    alg: Alg | None = None


class Esgf(BaseModel):
    """The registration front of an ESGF compute node: ``audiences`` (the WPS) go into the tokens of its clients, which
    are registered in ``realm``, or at the main issuer where none is named; or at an external ``keycloak``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audiences: Texts = ()
    realm: str = ""
    keycloak: ExternalKeycloak = ExternalKeycloak()


class Facades(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    climate_engine: ClimateEngine = ClimateEngine()
    esgf: Esgf = Esgf()
    unicore: Unicore = Unicore()


class Config(BaseSettings):
    """Every setting, its default and what it means. Lifetimes are seconds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    data: Path = Field(description="data folder (mode 0700)")
    database: str | None = Field(None, description="postgresql://... or sqlite:///FILE; SQLite in the data folder")
    issuer: str | None = Field(None, description="the issuer's URL as clients know it; http://HOST:PORT")
    display_name: str = Field("", max_length=100, description="what our pages call this service; its host")
    contact: str = Field("", max_length=200, description="whom people may ask: an e-mail address, or words after ask")
    workers: int = Field(1, ge=1, le=64, description="processes that answer requests")
    tls_cert: Path | None = Field(None, description="PEM file with the certificate chain")
    tls_key: Path | None = Field(None, description="PEM file with its private key")
    tls_client_ca: Path | None = Field(None, description="PEM file with whose certificates clients may show (RFC 8705)")
    client_certificates: Literal["off", "tls", "proxy"] | None = Field(
        None, description="where they come from: our own TLS, Client-Cert of a trusted proxy (RFC 9440), or nowhere"
    )
    master_key_file: Path | None = Field(None, description="file with the 32 bytes of the master key")

    alg: Alg = Field("ES256", description="algorithm of access tokens")
    lifetime: Seconds = Field(900, description="of an access token")
    longest_lifetime: Seconds = Field(86400, description="longest that a client's tokens may live")
    refresh_idle: Seconds = Field(30 * 86400, description="longest time between two refreshes of a login")
    refresh_absolute: Seconds = Field(365 * 86400, description="end of a login, however often it is refreshed")
    grace: int = Field(30, ge=0, le=600, description="in which the last refresh token may be sent again")
    publish_ahead: int = Field(3600, ge=0, description="a new signing key is published so long before it signs")
    keep_keys: Seconds | None = Field(None, description="an old key is kept so long after it signed; longest_lifetime")
    max_stale: int = Field(120, ge=0, description="caches answer so long while the database is away")

    registration: Literal["closed", "token", "open"] | None = Field(
        None, description="whose programs may register themselves; open on this machine alone, else closed"
    )
    require_pkce: bool = Field(True, description="of each client; else of public ones alone (RFC 7636)")
    dpop_nonce: bool = Field(False, description="each DPoP proof must hold a nonce of this server (RFC 9449 8)")
    registration_scopes: Texts = Field((), description="scopes that a client may register for, besides OpenID's own")
    registration_audiences: Texts = Field((), description="what tokens of clients that register themselves are for")
    fetch_allow: Texts = Field((), description="HOST:PORT of inner addresses that jwks_uri may name")
    trusted_proxies: Texts = Field((), description="addresses whose X-Forwarded-For is believed")
    unicore_site: str = Field(
        "DEMO-SITE", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="name of the UNICORE site"
    )
    password_min_length: int = Field(6, ge=1, description="characters of a new password")
    metrics: bool = Field(False, description="serve Prometheus /metrics")
    tracing: bool = Field(False, description="send OpenTelemetry traces, to where the OTEL_ variables say")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = Field(False, description="log each request, without its query")
    facade: Facades = Facades()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls), FileSettings(settings_cls)

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data.absolute() / 'lychgate.db'}"

    def issuer_url(self, port: int) -> str:
        """The issuer, where ``port`` is the one that was taken."""
        return self.issuer or self.listening_url(port)

    def listening_url(self, port: int) -> str:
        """The URL of the address that is listened on."""
        scheme = "https" if self.tls_cert else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{port}"

    @property
    def certificates_from(self) -> str:
        """Where clients' certificates come from: "off", "tls" or "proxy"."""
        return self.client_certificates or ("tls" if self.tls_client_ca else "off")

    def registers(self, issuer: str) -> str:
        """Whose programs may register themselves at ``issuer``: "closed", "token" or "open"."""
        return self.registration or ("open" if urlsplit(issuer).hostname in LOOPBACK_NAMES else "closed")

    @property
    def keys_kept(self) -> int:
        """ms for which a key stays published after it signed its last token."""
        return 1000 * (self.keep_keys or max(self.longest_lifetime, self.lifetime))


def problem(config: Config) -> str | None:
    """Why these settings do not fit together, or None."""
    if (config.tls_cert is None) != (config.tls_key is None):
        return "tls_cert and tls_key go together"
    if config.lifetime > config.longest_lifetime:
        return "lifetime is longer than longest_lifetime"
    parts = urlsplit(config.issuer_url(config.port))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "the issuer must be an https URL"
    if parts.query or parts.fragment or parts.username or parts.password:
        return "the issuer must be a URL with no user, query or fragment (RFC 8414 2)"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_NAMES:
        return (
            f"the issuer {parts.scheme}://{parts.netloc} has no https and is not on this machine alone: give "
            "--issuer https://... (a proxy in front may hold the certificate), or --tls-cert and --tls-key"
        )
    if config.certificates_from == "tls" and config.tls_cert is None:
        return "clients show certificates (tls_client_ca) over TLS alone: give tls_cert and tls_key, or say proxy"
    if config.certificates_from == "proxy" and not config.trusted_proxies:
        return "client_certificates is proxy, so trusted_proxies must name whose Client-Cert is believed"
    for path in (config.tls_cert, config.tls_key, config.tls_client_ca):
        if path is not None and not path.is_file():
            return f"there is no file {path}"
    return _tls_misfit(config) or _not_told(config)


def _not_told(config: Config) -> str | None:
    """Why nobody could be told what goes on, where that was asked for."""
    if config.metrics and find_spec("prometheus_client") is None:
        return "metrics need the package: pip install lychgate[metrics]"
    return export.problem() if config.tracing else None


def _tls_misfit(config: Config) -> str | None:
    """What is wrong with the certificates, which are opened as the server will open them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        if config.tls_cert is not None:
            context.load_cert_chain(config.tls_cert, config.tls_key, password=lambda: "")  # nobody is asked for one
    except (ssl.SSLError, OSError, ValueError) as error:
        return f"tls_cert and tls_key are no certificate with its key, unencrypted ({_reason(error)})"
    try:
        if config.tls_client_ca is not None:
            context.load_verify_locations(config.tls_client_ca)
    except (ssl.SSLError, OSError) as error:
        return f"tls_client_ca holds no certificates ({_reason(error)})"
    return None


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error)
