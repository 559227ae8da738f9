"""What a guard answers instead of the application (RFC 6750 3, RFC 9449 7.1 and 9, RFC 9728 5.1)."""

from __future__ import annotations

import json

from lychgate.kernel.challenge import Challenge
from lychgate.kernel.errors import LychgateError
from lychgate.oauth.dpop import NONCE

ALGS = ("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
"""The signatures of proofs that are accepted."""
RETRY_AFTER = 5  # seconds that a caller is asked to wait while the issuer is away


class Refusal(LychgateError):
    """A refused call: ``status`` 401, 403, 400 or 503, the challenge's ``error`` and a sentence for people.

    A call without any credential gets a challenge without an error (RFC 6750 3.1); an issuer that is away is a 503,
    never a 401 that would send people to a login that cannot help. ``scope`` is what is needed, and
    ``resource_metadata`` where the API says who its issuers are: both stand before any prose. With ``dpop`` the
    challenge is for a token with a proof, for which ``nonce`` is to be used.
    """

    def __init__(
        self,
        status: int,
        error: str,
        description: str,
        *,
        scope: str = "",
        resource_metadata: str = "",
        dpop: bool = False,
        nonce: str = "",
    ) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description
        self.scope, self.resource_metadata = scope, resource_metadata
        self.dpop, self.nonce = dpop, nonce

    def at(self, resource_metadata: str, scope: str = "") -> Refusal:
        """The same refusal, with where to read on, and the scope to ask for where it names none itself."""
        return Refusal(
            self.status,
            self.error,
            self.description,
            scope=self.scope or scope,
            resource_metadata=resource_metadata,
            dpop=self.dpop,
            nonce=self.nonce,
        )

    def headers(self) -> list[tuple[str, str]]:
        """The answer's header fields."""
        made = [("content-type", "application/json"), ("cache-control", "no-store")]
        if self.status == 503:
            return [*made, ("retry-after", str(RETRY_AFTER))]
        said = {"error": self.error, "scope": self.scope, "resource_metadata": self.resource_metadata}
        if self.dpop:
            said["algs"] = " ".join(ALGS)
        if self.error:
            said["error_description"] = self.description
        shown = {name: value for name, value in said.items() if value}
        if self.nonce:
            made.append((NONCE.lower(), self.nonce))
        return [*made, ("www-authenticate", str(Challenge("dpop" if self.dpop else "bearer", shown)))]

    def body(self) -> bytes:
        """A JSON object: ``error`` and ``error_description``."""
        return json.dumps({"error": self.error or "unauthorized", "error_description": self.description}).encode()


def no_credential(*, dpop: bool = False) -> Refusal:
    return Refusal(401, "", f"this needs an access token: Authorization: {'DPoP' if dpop else 'Bearer'} ...", dpop=dpop)


def invalid_token(description: str, *, dpop: bool = False) -> Refusal:
    return Refusal(401, "invalid_token", description, dpop=dpop)


def bad_proof(description: str) -> Refusal:
    return Refusal(401, "invalid_dpop_proof", description, dpop=True)


def nonce_wanted(description: str, nonce: str) -> Refusal:
    return Refusal(401, "use_dpop_nonce", description, dpop=True, nonce=nonce)


def insufficient_scope(description: str, scope: str = "") -> Refusal:
    return Refusal(403, "insufficient_scope", description, scope=scope)


def unavailable(description: str) -> Refusal:
    return Refusal(503, "temporarily_unavailable", description)


def bad_request(description: str) -> Refusal:
    return Refusal(400, "invalid_request", description)
