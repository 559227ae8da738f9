"""The program as an issuer knows it: the options that every OAuth source shares.

RFC 6749 2, RFC 8707, RFC 7523; for tokens that are bound to the program RFC 8705 and RFC 9449; FAPI 2.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode, urlsplit

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError, LoginDead, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call
from lychgate.oauth.fapi import RSA

from . import fapi
from .token import Token, token_of

if TYPE_CHECKING:  # what speaks with the issuer is loaded when something is asked of it
    from lychgate.issuer.identity import Identity
    from lychgate.issuer.proof import ProofKey
    from lychgate.issuer.token import Endpoint, Granted

METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
)
_NEEDS = {
    "private_key_jwt": "private_key",
    "tls_client_auth": "certificate",
    "self_signed_tls_client_auth": "certificate",
}
_DEAD = frozenset({"invalid_grant", "bad_refresh_token"})  # the second is what some issuers say in its place


@dataclass(frozen=True, kw_only=True, eq=False)
class OAuthClient:
    """Raises ``ConfigError`` at construction for options that cannot work together."""

    issuer: Annotated[str, "the issuer, written exactly as it names itself; its metadata names the rest"] = ""
    token_endpoint: Annotated[str, "the token endpoint, for an issuer without metadata"] = ""
    client_id: Annotated[str, "the program's id at the issuer"] = ""
    client_secret: Annotated[Secret | str | None, "the program's secret"] = None
    method: Annotated[str, "how the program says who it is: client_secret_basic, client_secret_post, ..."] = ""
    private_key: Annotated[Secret | str | None, "the private key (PEM or JWK) for private_key_jwt"] = None
    alg: Annotated[str, "the algorithm that the assertion is signed with; by default the key's own"] = ""
    kid: Annotated[str, "the key's id, where the issuer wants it named"] = ""
    scope: Annotated[tuple[str, ...] | str, "what to ask for; nothing means all that the program may have"] = ()
    resource: Annotated[tuple[str, ...] | str, "the API's URL that the token is for, or several (RFC 8707)"] = ()
    audience: Annotated[str, "the API's name that the token is for, where the issuer wants it so"] = ""
    extra: Annotated[Mapping[str, str], "further parameters of the token request"] = field(
        default_factory=dict, repr=False
    )
    dpop: Annotated[bool, "bind the tokens to a key; each request then carries a proof (DPoP, RFC 9449)"] = False
    dpop_key: Annotated[Secret | str | None, "that private key (PEM or JWK); by default each login makes its own"] = (
        None
    )
    certificate: Annotated[str, "PEM file with the program's certificate, for mutual TLS (RFC 8705)"] = ""
    certificate_key: Annotated[str, "PEM file with its private key, where that is another file"] = ""
    certificate_passphrase: Annotated[Secret | str | None, "the passphrase of that key, where it is encrypted"] = None
    security: Annotated[str, "fapi2 holds the program to the FAPI 2 security profile"] = ""
    scope_separator: Annotated[str, "what stands between scopes in the issuer's answers, where it is no blank"] = ""
    allow_insecure: Annotated[bool, "send secrets over plain http to a host that is not this machine"] = False

    def __post_init__(self) -> None:
        for name in ("client_secret", "private_key", "dpop_key", "certificate_passphrase"):
            given = getattr(self, name)
            object.__setattr__(self, name, None if given is None else Secret.wrap(given))
        scope = tuple(self.scope.split()) if isinstance(self.scope, str) else tuple(self.scope)
        object.__setattr__(self, "scope", scope)
        resource = tuple(self.resource.split()) if isinstance(self.resource, str) else tuple(self.resource)
        object.__setattr__(self, "resource", resource)
        object.__setattr__(self, "method", self.method or self._usual_method())
        if self.dpop_key is not None or (self.security and not self.certificate):
            object.__setattr__(self, "dpop", True)
        self._check()

    def _usual_method(self) -> str:
        if self.private_key is not None:
            return "private_key_jwt"
        if self.certificate and self.client_id and self.client_secret is None:
            return "tls_client_auth"
        return "none" if self.client_secret is None else "client_secret_basic"

    def _check(self) -> None:
        check_names([self.method], METHODS, what="method")
        if not self.issuer and not self.token_endpoint:
            raise ConfigError("name the issuer, or its token_endpoint", field="issuer")
        for name in ("issuer", "token_endpoint"):
            check_url(getattr(self, name), name)
        if self.certificate_key and not self.certificate:
            raise ConfigError("certificate_key belongs to a certificate, and none is given", field="certificate")
        if self.certificate_passphrase is not None and not self.certificate:
            raise ConfigError("certificate_passphrase belongs to a certificate, and none is given", field="certificate")
        fapi.require(self)
        if self.method == "none":
            return
        if not self.client_id:
            raise ConfigError(f"{self.method} needs a client_id", field="client_id")
        needed = _NEEDS.get(self.method, "client_secret")
        if not getattr(self, needed):
            raise ConfigError(f"{self.method} needs a {needed}", field=needed)

    @property
    def resources(self) -> str:
        """The resources as one text, with blanks between."""
        return " ".join(self.resource)

    @property
    def where(self) -> str:
        """The issuer, or its token endpoint where it has no other name: for display."""
        return self.issuer or self.token_endpoint

    def key_of(self, kind: str, **more: str) -> str:
        """A cache key: all that changes the token, and no secret."""
        named = {
            "client": self.client_id,
            "scope": " ".join(sorted(self.scope)),
            "resource": " ".join(sorted(self.resource)),
            "audience": self.audience,
            "extra": digest(json.dumps(self.extra, sort_keys=True)) if self.extra else "",
            "bound": self._bound_to(),
            **more,
        }
        return f"{kind} {self.where} {urlencode({name: value for name, value in named.items() if value})}".rstrip()

    def _bound_to(self) -> str:
        """What tells a bound token from one that is not, and no secret."""
        key = ""
        if isinstance(self.dpop_key, Secret):
            key = self.dpop_key.origin or digest(self.dpop_key.reveal())
        return " ".join(filter(None, ["dpop" if self.dpop else "", key, self.certificate]))

    @property
    def shown_certificate(self) -> Certificate | None:
        """The certificate that connections show (mutual TLS), to the issuer and to APIs alike."""
        if not self.certificate:
            return None
        passphrase = self.certificate_passphrase
        assert not isinstance(passphrase, str)
        return Certificate(self.certificate, self.certificate_key, passphrase)

    def proof_key(self, token: Token | None = None) -> Flow[ProofKey | None]:
        """What proofs are signed with: the user's key, that of ``token``, else a new one. None without DPoP."""
        if not self.dpop:
            return None
        from lychgate.issuer.proof import generated, opened

        kept = self.dpop_key or (token.key if token is not None else None)
        if isinstance(kept, Secret):
            return (yield from Call(opened, (kept,)))
        return (yield from Call(generated))

    def request(self, grant_type: str, after: Token | None = None, /, *, tries: int = 3, **fields: str) -> Flow[Token]:
        """A token by ``grant_type`` and its parameters, bound to the same key as ``after``, the one before it.

        Raises what ``request_token`` and ``discover`` raise.
        """
        from lychgate.issuer.token import request_token
        from lychgate.oauth.token import request_fields

        key = yield from self.proof_key(after)
        at = yield from self.endpoint()
        asked = {"audience": self.audience, **self.extra, **fields}
        form = request_fields(grant_type, self.scope, self.resource, **asked)
        granted = yield from request_token(at, self._identity(key), form, tries=tries)
        return self.token_of(granted, tuple(self.scope), key)

    def endpoint(self) -> Flow[Endpoint]:
        """The token endpoint."""
        from lychgate.issuer.token import endpoint

        lax, shown = self.allow_insecure, bool(self.certificate)
        return endpoint(self.issuer, self.token_endpoint, allow_insecure=lax, with_certificate=shown)

    def refresh(self, token: Token) -> Flow[Token]:
        """The next token by ``token.refresh``, tried again with the same one (RFC 6749 6).

        The old refresh token is kept when none comes. Raises ``LoginDead`` where the issuer ended the login.
        """
        from lychgate.issuer.token import request_token

        assert token.refresh is not None
        key = yield from self.proof_key(token)
        at = yield from self.endpoint()
        form = {"grant_type": "refresh_token", "refresh_token": token.refresh.reveal()}
        try:
            granted = yield from request_token(at, self._identity(key), form)
        except Refused as error:
            if error.error not in _DEAD:
                raise
            raise self.dead(str(error)) from None
        fresh = self.token_of(granted, token.scope, key)
        return fresh if fresh.refresh else replace(fresh, refresh=token.refresh)

    def token_of(self, granted: Granted, asked: tuple[str, ...], key: ProofKey | None) -> Token:
        """The token of a reply, its scopes read by this issuer's custom."""
        made = token_of(granted, asked, key.secret if key else None)
        if not self.scope_separator:
            return made
        words = " ".join(made.scope).replace(self.scope_separator, " ").split()
        return replace(made, scope=tuple(words))

    def dead(self, why: str) -> LoginDead:
        command = f"lychgate login {self.where}"
        return LoginDead(f"the login at {self.where} has ended: {why} Log in again:  {command}", command=command)

    def _identity(self, proof: ProofKey | None = None) -> Identity:
        from lychgate.issuer.identity import Identity

        key = self.private_key if self.method == "private_key_jwt" else self.client_secret
        assert key is None or isinstance(key, Secret)
        shown, rsa = self.shown_certificate, RSA if self.security else "RS256"
        return Identity(self.client_id, self.method, key, self.alg, self.kid, shown, proof, rsa)


def check_url(url: str, name: str) -> None:
    """Raise ``ConfigError`` for the field ``name`` where ``url`` is there and no whole http(s) URL."""
    try:
        parts = urlsplit(url)
        whole = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        whole = False
    if not whole or url != url.strip():
        raise ConfigError(f"the {name} is no URL: write it as https://host/path", field=name)
    if "@" in urlsplit(url).netloc:
        raise ConfigError(f"the {name} holds a name or a password: write it as https://host/path", field=name)


def digest(text: str) -> str:
    """Part of a cache key that stands for a longer text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
