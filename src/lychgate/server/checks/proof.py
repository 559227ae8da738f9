"""Proof key for code exchange (RFC 7636): S256, and required, but of a confidential client that is let go without."""

from __future__ import annotations

from lychgate.oauth import pkce
from lychgate.oauth.error import OAuthError
from lychgate.server.programs import fapi

from .check import Asking


async def is_there(asking: Asking) -> None:
    challenge = asking.params.get("code_challenge")
    method = asking.params.get("code_challenge_method", "plain" if challenge else pkce.METHOD)
    if challenge is None:
        if asking.params.get("code_challenge_method") is None and _may_go_without(asking):
            return
        raise OAuthError("invalid_request", "code_challenge is missing (RFC 7636)")
    if method != pkce.METHOD or not pkce.is_challenge(challenge):
        raise OAuthError("invalid_request", "code_challenge must be made with code_challenge_method=S256 (RFC 7636)")
    asking.challenge = challenge


def _may_go_without(asking: Asking) -> bool:
    wanted = asking.client.extra.get("require_pkce", asking.engine.config.require_pkce)
    return not asking.client.public and wanted is False and not fapi.holds(asking.client)
