"""What is asked for: a code, and nothing that we do not do."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError

from .check import Asking


async def is_a_code(asking: Asking) -> None:
    wanted = asking.params.get("response_type")
    if wanted is None:
        raise OAuthError("invalid_request", "response_type is missing")
    if wanted != "code":
        raise OAuthError("unsupported_response_type", "response_type is code, and nothing else (RFC 9700 2.1.2)")


async def names_no_request_object(asking: Asking) -> None:
    for name in ("request", "request_uri", "registration"):
        if name in asking.params:
            raise OAuthError("invalid_request", f"{name} is not supported at this endpoint")
