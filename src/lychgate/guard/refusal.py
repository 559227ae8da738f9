"""What a guard answers instead of the application (RFC 6750 3, RFC 9728 5.1)."""

from __future__ import annotations

import json

from lychgate.kernel.challenge import Challenge
from lychgate.kernel.errors import LychgateError

RETRY_AFTER = 5  # seconds that a caller is asked to wait while the issuer is away


class Refusal(LychgateError):
    """A refused call: ``status`` 401, 403, 400 or 503, the challenge's ``error`` and a sentence for people.

    A call without any credential gets a challenge without an error (RFC 6750 3.1); an issuer that is away is a 503,
    never a 401 that would send people to a login that cannot help. ``scope`` is what is needed, and
    ``resource_metadata`` where the API says who its issuers are: both stand before any prose.
    """

    def __init__(
        self, status: int, error: str, description: str, *, scope: str = "", resource_metadata: str = ""
    ) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description
        self.scope, self.resource_metadata = scope, resource_metadata

    def at(self, resource_metadata: str, scope: str = "") -> Refusal:
        """The same refusal, with where to read on, and the scope to ask for where it names none itself."""
        return Refusal(
            self.status, self.error, self.description, scope=self.scope or scope, resource_metadata=resource_metadata
        )

    def headers(self) -> list[tuple[str, str]]:
        """The answer's header fields."""
        made = [("content-type", "application/json"), ("cache-control", "no-store")]
        if self.status == 503:
            return [*made, ("retry-after", str(RETRY_AFTER))]
        said = {"error": self.error, "scope": self.scope, "resource_metadata": self.resource_metadata}
        if self.error:
            said["error_description"] = self.description
        shown = {name: value for name, value in said.items() if value}
        return [*made, ("www-authenticate", str(Challenge("bearer", shown)))]

    def body(self) -> bytes:
        """A JSON object: ``error`` and ``error_description``."""
        return json.dumps({"error": self.error or "unauthorized", "error_description": self.description}).encode()


def no_credential() -> Refusal:
    return Refusal(401, "", "this needs an access token: Authorization: Bearer ...")


def invalid_token(description: str) -> Refusal:
    return Refusal(401, "invalid_token", description)


def insufficient_scope(description: str, scope: str = "") -> Refusal:
    return Refusal(403, "insufficient_scope", description, scope=scope)


def unavailable(description: str) -> Refusal:
    return Refusal(503, "temporarily_unavailable", description)


def bad_request(description: str) -> Refusal:
    return Refusal(400, "invalid_request", description)
