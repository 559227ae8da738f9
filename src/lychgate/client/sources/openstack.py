"""OpenStack's Keystone (Identity API v3): the token is in ``X-Subject-Token`` and goes into ``X-Auth-Token``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from lychgate.client.exchange import Exchanged, exchange, json_request
from lychgate.client.moment import at_path, ends_at
from lychgate.client.oauth_client import check_url, digest
from lychgate.client.static import header_value
from lychgate.client.token import Token
from lychgate.issuer.endpoint import web_address
from lychgate.issuer.identity import revealed
from lychgate.kernel.errors import ConfigError, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import without_query
from lychgate.kernel.secret import Secret

CATALOGUE = "catalog"


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenStack:
    """One way in: a user's password, an application credential, or a token (``auth_token``).

    One scope at most: ``project_id``, or ``project_name`` with its domain; ``domain_id`` or ``domain_name``;
    ``system``. An application credential has its own. Raises ``ConfigError`` with the field named.
    """

    url: Annotated[str, "Keystone's address, as in OS_AUTH_URL: https://cloud.example.org:5000/v3"]
    username: Annotated[str, "the user's name"] = ""
    user_id: Annotated[str, "the user's id, in place of name and domain"] = ""
    user_domain: Annotated[str, "the id of the user's domain"] = "default"
    user_domain_name: Annotated[str, "the name of the user's domain, in place of its id"] = ""
    password: Annotated[Secret | str | None, "the user's password"] = None
    application_credential_id: Annotated[str, "the application credential's id"] = ""
    application_credential_name: Annotated[str, "its name, with the user's name or id, in place of its id"] = ""
    application_credential_secret: Annotated[Secret | str | None, "the application credential's secret"] = None
    auth_token: Annotated[Secret | str | None, "a token that is at hand, for another one by it"] = None
    project_id: Annotated[str, "the project that the token is for"] = ""
    project_name: Annotated[str, "the project's name, in place of its id"] = ""
    project_domain: Annotated[str, "the id of the project's domain"] = "default"
    project_domain_name: Annotated[str, "the name of the project's domain, in place of its id"] = ""
    domain_id: Annotated[str, "the domain that the token is for"] = ""
    domain_name: Annotated[str, "the domain's name, in place of its id"] = ""
    system: Annotated[bool, "a token for the whole system"] = False
    allow_insecure: Annotated[bool, "send secrets over plain http to a host that is not this machine"] = False

    def __post_init__(self) -> None:
        for name in ("password", "application_credential_secret", "auth_token"):
            given = getattr(self, name)
            object.__setattr__(self, name, None if given is None else Secret.wrap(given))
        check_url(self.url, "url")
        if not self.url:
            raise ConfigError("name Keystone's address", field="url")
        ways = [n for n in ("password", "application_credential_secret", "auth_token") if getattr(self, n) is not None]
        if len(ways) != 1:
            raise ConfigError(
                "give one of: password, application_credential_secret, auth_token", field=(ways or ["password"])[-1]
            )
        if self._is_app and not self.application_credential_id and not self.application_credential_name:
            raise ConfigError("name the application credential", field="application_credential_id")
        named = bool(self.username or self.user_id)
        if not named and (self.password is not None or (self._is_app and not self.application_credential_id)):
            raise ConfigError("name the user", field="username")
        wide = ("project_id", "project_name", "domain_id", "domain_name", "system")
        scopes = [name for name in wide if getattr(self, name)]
        if len(scopes) > 1 or (scopes and self._is_app):
            raise ConfigError("one scope at most, and none with an application credential", field=scopes[-1])

    @property
    def _is_app(self) -> bool:
        return self.application_credential_secret is not None

    @property
    def who(self) -> str:
        app = self.application_credential_name or self.application_credential_id
        return self.username or self.user_id or (f"application credential {app}" if app else "a token")

    @property
    def where(self) -> str:
        return without_query(self.url)

    def cache_key(self) -> str:
        secret = self._secret if self.auth_token is not None else None
        held = "" if secret is None else secret.origin or digest(secret.reveal())
        asked = repr([self._identity(""), self._scope(), held])
        return f"openstack {self.where} {digest(asked)}"

    def obtain(self) -> Flow[Token]:
        """Raises ``Refused``, ``TransientError``, ``InsecureError``."""
        web_address(self.url, "the credential", allow_insecure=self.allow_insecure)
        text = yield from revealed(self._secret)
        scope = self._scope()
        body = {"auth": {"identity": self._identity(text), **({"scope": scope} if scope else {})}}
        request = json_request(self.url.rstrip("/") + "/auth/tokens", body)
        return self._token((yield from exchange(request, f"Keystone at {self.where}", (text,))))

    def renew(self, token: Token) -> Flow[Token]:
        return self.obtain()

    def fields(self, token: Token) -> tuple[tuple[str, str], ...]:
        """The header fields that carry ``token``."""
        return (("X-Auth-Token", header_value(token.access.reveal(), "token")),)

    @property
    def _secret(self) -> Secret:
        given = (self.password, self.application_credential_secret, self.auth_token)
        return next(secret for secret in given if isinstance(secret, Secret))

    def _user(self) -> dict[str, Any]:
        if self.user_id:
            return {"id": self.user_id}
        return {"name": self.username, "domain": _domain(self.user_domain, self.user_domain_name)}

    def _identity(self, text: str) -> dict[str, Any]:
        if self.auth_token is not None:
            return {"methods": ["token"], "token": {"id": text}}
        if self.password is not None:
            return {"methods": ["password"], "password": {"user": {**self._user(), "password": text}}}
        named: dict[str, Any] = {"id": self.application_credential_id}
        if not self.application_credential_id:
            named = {"name": self.application_credential_name, "user": self._user()}
        return {"methods": ["application_credential"], "application_credential": {**named, "secret": text}}

    def _scope(self) -> dict[str, Any]:
        if self.system:
            return {"system": {"all": True}}
        if self.project_id:
            return {"project": {"id": self.project_id}}
        if self.project_name:
            domain = _domain(self.project_domain, self.project_domain_name)
            return {"project": {"name": self.project_name, "domain": domain}}
        if self.domain_id or self.domain_name:
            return {"domain": _domain(self.domain_id, self.domain_name)}
        return {}

    def _token(self, got: Exchanged) -> Token:
        text = got.response.headers.get("X-Subject-Token", "")
        if not text:
            raise Refused(f"{self.where} answered without X-Subject-Token; is this Keystone's address?")
        end = ends_at(at_path(got.body, "token.expires_at"), got.received_at, got.offset)
        catalogue = at_path(got.body, "token.catalog")
        extra = {CATALOGUE: catalogue} if isinstance(catalogue, list) else {}
        return Token(Secret(text), expires_at=end, extra=extra, issued_at=got.received_at)


def _domain(given: str, name: str) -> dict[str, str]:
    return {"name": name} if name else {"id": given}


def address(token: Token, service: str, interface: str = "public", region: str = "") -> str:
    """Where ``service`` (a type such as ``compute``, or a name) is, by the token's catalogue.

    Raises ``ConfigError`` with what there is where it is not in the catalogue.
    """
    found = token.extra.get(CATALOGUE) or ()
    for entry in found:
        if service in (entry.get("type"), entry.get("name")):
            for end in entry.get("endpoints", ()):
                if end.get("interface") == interface and region in ("", end.get("region_id"), end.get("region")):
                    return str(end["url"])
    known = ", ".join(sorted({str(entry.get("type")) for entry in found})) or "none; name a scope"
    raise ConfigError(f'the catalogue has no {interface} address of "{service}" (services: {known})', field="service")
