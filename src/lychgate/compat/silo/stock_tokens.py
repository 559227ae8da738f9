"""The two stock authenticators with a token: credentials posted to an API, and OAuth 2 (RFC 6749 4.3, 4.4)."""

from __future__ import annotations

from typing import Any

from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.login import Login
from lychgate.client.sources.password import Password
from lychgate.client.sources.source import Source
from lychgate.kernel.errors import ConfigError

from .authenticator import Authenticator, add_auth
from .checks import flat
from .credential import named
from .tokens import TokenAuthenticator

_METHODS = {"basic_auth": "client_secret_basic", "post_body": "client_secret_post"}
_RESERVED = ("grant_type", "scope", "resource")


@add_auth
class AuthToken(TokenAuthenticator):
    """User name and password are posted to the API, which answers with a token."""

    TOKEN_FIELDS = tuple(
        (
            "url authEndpoint tokenKey username password opts httpHeader1 httpHeader2 "
            "tokenAuthRefresh tokenRefreshTTL tokenExpiresInSelector"
        ).split()
    )

    def _usual_source(self) -> Source | None:
        fields, opts = self.credentials.fields, self.credentials.json("opts")
        form = opts.pop("body", "json")
        if form not in ("json", "form") or (form == "form" and not flat(opts)):
            raise ConfigError(
                'opts: "body" is "json" or "form", and a form holds texts and numbers alone', field="opts"
            )
        at = "authEndpoint" if fields["authEndpoint"] else "url"
        if not fields["username"] and not opts:
            raise ConfigError("username must be given for AuthToken", field="username")
        with named({"url": at}):
            return Login(
                url=fields[at],
                username=fields["username"],
                password=fields["password"],
                body=form,
                extra=opts,
                expiry="",
                allow_insecure=self.credentials.allow_insecure,
            )

    @staticmethod
    def build(credentials: Any, **kwargs: Any) -> Authenticator:
        return AuthToken(credentials, **kwargs)

    @staticmethod
    def get_name() -> str:
        return "AuthToken"

    @staticmethod
    def get_desc() -> str:
        return "A token for a user name and a password"


@add_auth
class AuthOAuth2(TokenAuthenticator):
    """An OAuth 2 token, by the program's own secret or by the resource owner's password."""

    HEADER, FORMAT, KEY = "oauth2TokenLabel", "oauth2TokenFormat", "oauth2TokenKey"

    def get_token_fields(self) -> list[str]:
        from .fields import FIELDS, OAUTH

        return [name for name, field in FIELDS.items() if OAUTH in field.seen]

    def _usual_source(self) -> Source | None:
        fields = self.credentials.fields
        if fields["oauth2Type"] == "None":
            return None
        named_fields = {
            "issuer": "oauth2TokenURL",
            "client_id": "oauth2ClientId",
            "client_secret": "oauth2ClientSecret",
        }
        with named({**named_fields, "token_endpoint": "oauth2TokenURL"}):
            return self._owner() if fields["oauth2Type"] == "ResourceOwner" else self._own()

    def _own(self) -> Source:
        return ClientCredentials(**self._client(), scope=self.credentials.fields["oauth2ClientCredentialsScope"])

    def _owner(self) -> Source:
        fields, more = self.credentials.fields, self.credentials.json("oauth2ResourceOwnerAdditionalParams")
        scope = more.pop("scope", fields["oauth2ResourceOwnerScope"])
        if not flat(more) or not isinstance(scope, str) or more.keys() & set(_RESERVED):
            name = "oauth2ResourceOwnerAdditionalParams"
            raise ConfigError(f"{name} holds texts and numbers alone, and no grant_type", field=name)
        if not fields["oauth2ResourceOwnerUsername"]:
            name = "oauth2ResourceOwnerUsername"
            raise ConfigError(f"{name} must be given for ResourceOwner", field=name)
        return Password(
            **self._client(),
            scope=scope,
            extra={name: str(value) for name, value in more.items()},
            username=fields["oauth2ResourceOwnerUsername"],
            password=fields["oauth2ResourceOwnerPassword"],
        )

    def _client(self) -> dict[str, Any]:
        fields = self.credentials.fields
        secret = fields["oauth2ClientSecret"]
        return {
            "token_endpoint": fields["oauth2TokenURL"],
            "client_id": fields["oauth2ClientId"],
            "client_secret": secret or None,
            "method": _METHODS[fields["oauth2AuthType"]] if secret else "none",
            "allow_insecure": self.credentials.allow_insecure,
        }

    @staticmethod
    def build(credentials: Any, **kwargs: Any) -> Authenticator:
        return AuthOAuth2(credentials, **kwargs)

    @staticmethod
    def get_name() -> str:
        return "AuthOAuth2"

    @staticmethod
    def get_desc() -> str:
        return "OAuth 2: client credentials, or the resource owner's password"
