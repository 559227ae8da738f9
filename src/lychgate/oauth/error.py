"""Errors on the wire (RFC 6749 5.2, 6750 3.1, 8628 3.5, 8707 2, 9449 5 and 8): one table of codes, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.kernel.errors import LychgateError
from lychgate.kernel.http import Response

STATUS: Mapping[str, int] = {
    "invalid_request": 400,
    "invalid_client": 401,
    "invalid_grant": 400,
    "unauthorized_client": 400,
    "unsupported_grant_type": 400,
    "unsupported_response_type": 400,
    "unsupported_token_type": 400,
    "invalid_scope": 400,
    "invalid_target": 400,
    "access_denied": 403,
    "invalid_token": 401,
    "insufficient_scope": 403,
    "invalid_client_metadata": 400,
    "invalid_redirect_uri": 400,
    "invalid_request_object": 400,
    "invalid_dpop_proof": 400,
    "use_dpop_nonce": 400,
    "login_required": 400,
    "consent_required": 400,
    "unmet_authentication_requirements": 400,
    "request_not_supported": 400,
    "request_uri_not_supported": 400,
    "registration_not_supported": 400,
    "authorization_pending": 400,
    "slow_down": 400,
    "expired_token": 400,
    "server_error": 500,
    "temporarily_unavailable": 503,
}


class OAuthError(LychgateError):
    """What a server answers. ``error`` is a code of the table; ``status`` differs from it only where a rule says so."""

    def __init__(
        self, error: str, description: str, *, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description
        self.status = STATUS[error] if status is None else status
        self.headers = dict(headers or {})

    def body(self) -> dict[str, str]:
        """The JSON object of RFC 6749 5.2; characters that 5.2 does not allow are replaced."""
        return {"error": self.error, "error_description": clean(self.description)}


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error as a client read it, the server's own words."""

    error: str
    description: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def clean(text: str) -> str:
    """``text`` in the characters that an ``error_description`` may have (RFC 6749 5.2)."""
    return "".join(c if 0x20 <= ord(c) <= 0x7E and c not in '"\\' else "?" for c in text)


def read_error(response: Response) -> ErrorReply | None:
    """The error in a reply's JSON body, whatever its status; None where there is none."""
    try:
        body = response.json()
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return None
    described = body.get("error_description")
    return ErrorReply(body["error"], described if isinstance(described, str) else "", body)
