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


async def names_nothing_elsewhere(asking: Asking) -> None:
    """OpenID Connect Core 3.1.2.6: nothing is fetched for a request, and no client comes with its registration."""
    for name in ("request_uri", "registration"):
        if name in asking.params:
            raise OAuthError(f"{name}_not_supported", f"{name} is not supported here; push the request (RFC 9126)")
