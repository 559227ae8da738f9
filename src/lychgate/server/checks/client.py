"""The client: known, active, and registered for the code grant. Until the redirect is checked, errors stay here."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError

from .check import Asking


async def is_known(asking: Asking) -> None:
    id = asking.params.get("client_id", "")
    client = await asking.engine.authority.client(asking.issuer.id, id) if 0 < len(id) <= 255 else None
    if client is None or not client.active:
        raise OAuthError("invalid_request", "The program (client_id) is not known here, or it was switched off.")
    asking.client = client


async def may_use_codes(asking: Asking) -> None:
    if "authorization_code" not in asking.client.grants:
        raise OAuthError("unauthorized_client", "this client is not registered for authorization_code")
