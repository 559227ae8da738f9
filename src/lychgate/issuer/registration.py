"""Dynamic client registration seen from outside (RFC 7591): a program that makes itself known to an issuer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lychgate.kernel.errors import Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request
from lychgate.oauth import device

from .call import call, shown
from .device import ENDPOINT as DEVICE
from .endpoint import named, offered

ENDPOINT = "registration_endpoint"


@dataclass(frozen=True, slots=True)
class Registration:
    """What an issuer made of it; ``scope`` is what the program may ask for, as far as the issuer says."""

    client_id: str
    scope: tuple[str, ...] = ()


def native_app(document: Mapping[str, Any], name: str, redirect_uris: Sequence[str]) -> dict[str, Any]:
    """The metadata of a program without a secret whose person logs in in a browser or by a code (RFC 8252 8.4)."""
    grants = ["authorization_code", "refresh_token"]
    return {
        "client_name": name,
        "application_type": "native",
        "redirect_uris": list(redirect_uris),
        "response_types": ["code"],
        "grant_types": [*grants, device.GRANT] if offered(document, DEVICE) else grants,
        "token_endpoint_auth_method": "none",
    }


def register(
    document: Mapping[str, Any], metadata: Mapping[str, Any], *, allow_insecure: bool = False
) -> Flow[Registration]:
    """Register ``metadata``, without any secret of ours. Raises ``Refused``, ``TransientError``, ``ConfigError``."""
    url = named(document, ENDPOINT, allow_insecure=allow_insecure)
    headers = Headers({"Accept": "application/json", "Content-Type": "application/json"})
    request = Request("POST", url, headers, json.dumps(metadata).encode())
    answer = yield from call(url, lambda now: request, f"the registration endpoint {shown(url)}", tries=1)
    client_id, scope = answer.body.get("client_id"), answer.body.get("scope")
    if not isinstance(client_id, str) or not client_id:
        raise TransientError(f"{shown(url)} answered no client_id")
    if answer.body.get("client_secret"):
        raise Refused(f"{shown(url)} gave a secret to a program that cannot keep one; use --client-id instead")
    return Registration(client_id, tuple(scope.split()) if isinstance(scope, str) else ())
