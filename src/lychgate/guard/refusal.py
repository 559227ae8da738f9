"""What a guard answers instead of the application (RFC 6750 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lychgate.kernel.challenge import Challenge
from lychgate.kernel.errors import LychgateError


class Refusal(LychgateError):
    """A refused call: ``status`` 401, 403, 400 or 503, the challenge's ``error`` and a sentence for people.

    A call without any credential gets a bare challenge (RFC 6750 3.1); an issuer that is away is a 503, never a 401
    that would send people to a login that cannot help.
    """

    def __init__(self, status: int, error: str, description: str, **parameters: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description, self.parameters = status, error, description, parameters

    def headers(self) -> list[tuple[str, str]]:
        """The answer's header fields."""
        made = [("content-type", "application/json"), ("cache-control", "no-store")]
        if self.status == 503:
            return [*made, ("retry-after", "5")]
        said: Mapping[str, str] = {"error": self.error, **self.parameters, "error_description": self.description}
        shown = {
            name: value for name, value in said.items() if value and (self.error or name not in ("error_description",))
        }
        return [*made, ("www-authenticate", str(Challenge("bearer", shown)))]

    def body(self) -> bytes:
        """A JSON object: ``error`` and ``error_description``."""
        return json.dumps({"error": self.error or "unauthorized", "error_description": self.description}).encode()


def no_credential() -> Refusal:
    return Refusal(401, "", "this needs an access token: Authorization: Bearer ...")


def invalid_token(description: str) -> Refusal:
    return Refusal(401, "invalid_token", description)


def insufficient_scope(scope: str) -> Refusal:
    return Refusal(403, "insufficient_scope", f"this needs the scope {scope}", scope=scope)


def unavailable(description: str) -> Refusal:
    return Refusal(503, "temporarily_unavailable", description)


def bad_request(description: str) -> Refusal:
    return Refusal(400, "invalid_request", description)
