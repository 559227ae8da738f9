"""The JWT bearer grant (RFC 7523 2.1): an assertion, of somebody else's or signed here, for an access token."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from lychgate.client.given import Given, given, name_of, text_of
from lychgate.client.oauth_client import OAuthClient
from lychgate.client.signer import Signer, signer_of
from lychgate.client.sources.source import Source
from lychgate.client.token import Token
from lychgate.issuer import clock
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Now
from lychgate.oauth.jwt_bearer import GRANT

LIFETIME = 300  # seconds that our assertions live


@dataclass(frozen=True, kw_only=True, eq=False)
class JwtBearer(OAuthClient):
    """``JwtBearer(issuer=..., subject="ada", key=Secret.file("key.pem"))``, or with an ``assertion`` that one has."""

    assertion: Annotated[Secret | str | Source | None, "the assertion at hand, or a source of it"] = None
    key: Annotated[Secret | str | Signer | None, "the private key (PEM or OpenSSH) that signs one in its place"] = None
    passphrase: Annotated[Secret | str | None, "the passphrase of an encrypted key"] = None
    subject: Annotated[str, "the claim sub: whose token it shall be"] = ""
    assertion_issuer: Annotated[str, "the claim iss; by default the client, or else the subject"] = ""
    assertion_audience: Annotated[str, "the claim aud; by default the issuer, or else its token endpoint"] = ""
    claims: Annotated[Mapping[str, Any], "further claims of the assertion"] = field(default_factory=dict, repr=False)
    _assertion: Given | None = field(init=False, repr=False)
    _signer: Signer | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("key", "passphrase"):
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, Secret(getattr(self, name)))
        if (self.assertion is None) == (self.key is None):
            raise ConfigError("give an assertion, or a key that signs one", field="assertion")
        if self.key is not None and not self.subject:
            raise ConfigError("name the subject whose token it shall be", field="subject")
        made = None if self.assertion is None else given(self.assertion, "assertion")
        object.__setattr__(self, "_assertion", made)
        signer = None if self.key is None else signer_of(self.key, self.passphrase, self.alg)
        object.__setattr__(self, "_signer", signer)
        if isinstance(made, Secret):
            object.__setattr__(self, "assertion", made)

    @property
    def who(self) -> str:
        return self.subject or "the subject of an assertion"

    def cache_key(self) -> str:
        if self._assertion is not None:
            return self.key_of("jwt_bearer", assertion=name_of(self._assertion))
        return self.key_of("jwt_bearer", subject=self.subject, by=self.assertion_issuer)

    def obtain(self) -> Flow[Token]:
        text = yield from (self._signed() if self._assertion is None else text_of(self._assertion))
        return (yield from self.request(GRANT, assertion=text, tries=1 if self._assertion is None else 3))

    def renew(self, token: Token) -> Flow[Token]:
        return self.obtain()

    def _signed(self) -> Flow[str]:
        """One try alone: an issuer takes an assertion once, by its ``jti``."""
        assert self._signer is not None
        begin = int((yield from Now()) + clock.offset(origin_of(self.where)))
        claims = {
            "iss": self.assertion_issuer or self.client_id or self.subject,
            "sub": self.subject,
            "aud": self.assertion_audience or self.where,
            **self.claims,
            "iat": begin,
            "exp": begin + LIFETIME,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"typ": "JWT", **({"kid": self.kid} if self.kid else {})}
        return (yield from self._signer.sign(header, claims))
