"""How a client says who it is at an issuer's endpoints (RFC 6749 2.3.1, RFC 7523 2.2, RFC 8705 2, RFC 9449 5)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call
from lychgate.oauth import client_auth

from .proof import ProofKey

ASSERTIONS = frozenset({"client_secret_jwt", "private_key_jwt"})
NEWER_TYP = "client-authentication+jwt"


@dataclass(frozen=True, slots=True)
class Identity:
    """``key`` is the client's secret, or for ``private_key_jwt`` its private key (PEM, OpenSSH or a JWK as JSON).

    ``certificate`` is shown at each endpoint; ``proof`` signs for the tokens that are to be bound to it. ``rsa_alg`` is
    what an RSA key signs with where ``alg`` names nothing.
    """

    client_id: str = ""
    method: str = "none"
    key: Secret | None = None
    alg: str = ""
    kid: str = ""
    certificate: Certificate | None = None
    proof: ProofKey | None = None
    rsa_alg: str = "RS256"

    @property
    def timed(self) -> bool:
        """Whether what is presented holds a time."""
        return self.method in ASSERTIONS or self.proof is not None

    def present(self, text: str, url: str, issuer: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """(header fields, form fields) that authenticate a request to ``url``; ``text`` is the key's.

        ``issuer`` is the one whose metadata named ``url``, empty without metadata; it decides the assertion's ``typ``
        and audience. ``now`` is the server's epoch time. Raises ``ConfigError`` for a key that cannot sign.
        """
        if self.method == "client_secret_basic":
            return {"Authorization": client_auth.basic(self.client_id, text)}, {}
        if self.method == "client_secret_post":
            return {}, {"client_id": self.client_id, "client_secret": text}
        if self.method in ASSERTIONS:
            return {}, client_auth.assertion_fields(self._assertion(text, url, issuer, now))
        return {}, {"client_id": self.client_id} if self.client_id else {}

    def _assertion(self, text: str, url: str, issuer: str, now: float) -> str:
        from lychgate.oauth import jose  # signing alone needs the cryptography

        try:
            key = jose.import_key(json.loads(text) if text.lstrip().startswith("{") else text)
            if (key.key_type == "oct") != (self.method == "client_secret_jwt"):
                raise ValueError(f"{self.method} needs another kind of key")
            return client_auth.assertion(
                self.client_id,
                key,
                self.alg or (self.rsa_alg if key.key_type == "RSA" else jose.alg_for(key)),
                issuer or url,
                now,
                typ=NEWER_TYP if issuer else "JWT",
                kid=self.kid or None,
            )
        except ValueError as error:
            field = "client_secret" if self.method == "client_secret_jwt" else "private_key"
            raise ConfigError(f"the client's key cannot sign: {error}", field=field) from None


def revealed(secret: Secret | None) -> Flow[str]:
    """A secret's text; one that comes from elsewhere is fetched without holding up an event loop."""
    if secret is None:
        return ""
    if secret.origin:
        return (yield from Call(secret.reveal))
    return secret.reveal()
