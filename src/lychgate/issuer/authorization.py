"""The authorization endpoint seen from outside: where a person's browser goes (RFC 6749 4.1.1, RFC 9126)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lychgate.kernel.errors import ConfigError, TransientError
from lychgate.kernel.flow import Flow
from lychgate.oauth.authorization import with_params

from .endpoint import named, offered, post, web_address
from .identity import Identity

PAR = "pushed_authorization_request_endpoint"


def address(
    document: Mapping[str, Any],
    who: Identity,
    params: Mapping[str, str],
    *,
    allow_insecure: bool = False,
    only_pushed: bool = False,
) -> Flow[str]:
    """The URL for ``params``; where the issuer takes pushed requests, the URL holds none of them.

    Raises ``ConfigError``, for ``only_pushed`` also where it takes none, ``InsecureError``, and what the push raises:
    ``Refused``, ``TransientError``.
    """
    url = named(document, "authorization_endpoint", allow_insecure=allow_insecure)
    pushed = offered(document, PAR)
    if not pushed:
        if only_pushed:
            raise ConfigError(f"{document['issuer']} takes no pushed requests, which FAPI 2 asks for", field="security")
        return with_params(url, params)
    web_address(pushed, "the login's request", allow_insecure=allow_insecure)
    answer = yield from post(pushed, str(document["issuer"]), who, params, "pushed authorization request endpoint")
    request_uri = answer.body.get("request_uri")
    if not isinstance(request_uri, str) or not request_uri:
        raise TransientError(f"{document['issuer']} answered a pushed request without a request_uri")
    return with_params(url, {"client_id": params["client_id"], "request_uri": request_uri})
