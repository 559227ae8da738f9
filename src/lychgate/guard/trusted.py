"""An issuer that a guard trusts, and how its tokens are checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lychgate.issuer.identity import Identity
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import require_secure
from lychgate.kernel.secret import Secret
from lychgate.oauth import access_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """``url`` is the issuer as it names itself, byte for byte.

    ``keys``: check signatures by its JWKS. ``introspect``: (client id, secret) to ask it about each token, with or
    without ``keys``. ``types`` are the accepted ``typ`` of the header, ``payload_typ`` what the claim ``typ`` must be
    (one or several); ``client_claim`` names the client, ``scope_claim`` the scopes (``scp`` at some), ``names`` are the
    claims that must be there. ``algs`` are the accepted signatures.
    Raises ``ConfigError`` where nothing would be checked, ``InsecureError`` for an issuer in clear text.
    """

    url: str
    keys: bool = True
    introspect: tuple[str, Secret | str] | None = field(default=None, repr=False)
    types: Iterable[str] = access_token.TYPES
    payload_typ: str | tuple[str, ...] | None = None
    client_claim: str = "client_id"
    scope_claim: str = "scope"
    names: tuple[str, ...] = ("sub", "client_id", "jti")
    algs: tuple[str, ...] = ("ES256", "RS256", "EdDSA", "Ed25519")
    allow_insecure: bool = False

    def __post_init__(self) -> None:
        require_secure(self.url, "the fetch of the issuer's keys", self.allow_insecure)
        if not self.keys and self.introspect is None:
            raise ConfigError("neither keys nor introspection: nothing would be checked", field="introspect")
        object.__setattr__(self, "types", frozenset(typ.lower() for typ in self.types))

    @property
    def identity(self) -> Identity | None:
        """As whom the issuer is asked about tokens."""
        if self.introspect is None:
            return None
        name, secret = self.introspect
        kept = secret if isinstance(secret, Secret) else Secret(secret)
        return Identity(name, "client_secret_basic", kept)


def keycloak(
    url: str, *, keys: bool = True, introspect: tuple[str, Secret | str] | None = None, allow_insecure: bool = False
) -> Issuer:
    """A realm of a Keycloak, ``https://host/realms/NAME``.

    Its access tokens have the header ``typ: JWT``, as its ID tokens have; the claim ``typ`` tells them apart.
    """
    return Issuer(
        url=url,
        keys=keys,
        introspect=introspect,
        types=("jwt", *access_token.TYPES),
        payload_typ=access_token.KEYCLOAK_TYPES,
        client_claim="azp",
        names=("sub", "azp", "jti"),
        allow_insecure=allow_insecure,
    )
