"""Whether the request had to be pushed (RFC 9126 6, FAPI 2.0 Security Profile 5.3.2.2)."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.programs import fapi

from .check import Asking


async def it_is_where_it_must(asking: Asking) -> None:
    if fapi.must_push(asking.client) and not asking.pushing and asking.pushed_at is None:
        raise OAuthError("invalid_request", "this client pushes its requests (RFC 9126): send it to the PAR endpoint")
    if asking.pushing and fapi.holds(asking.client) and "redirect_uri" not in asking.params:
        raise OAuthError("invalid_request", "redirect_uri is missing (FAPI 2.0 Security Profile 5.3.2.2)")
