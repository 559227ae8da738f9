"""The device authorization grant seen from outside (RFC 8628): the start, and asking until the person has decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lychgate.kernel.errors import Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Now, Sleep
from lychgate.oauth import pkce
from lychgate.oauth.device import GRANT, SLOWER, Started, read_reply, request_fields

from .endpoint import named, post, web_address
from .identity import Identity
from .token import Endpoint, Granted, request_token

ENDPOINT = "device_authorization_endpoint"
LONGEST_INTERVAL = 60.0  # seconds between two polls


class NoCode(Refused):
    """The issuer gives this program no code."""


class Expired(TransientError):
    """The code has ended before the person decided."""


def start(
    document: Mapping[str, Any],
    who: Identity,
    scope: Sequence[str],
    resource: str = "",
    *,
    challenge: str,
    allow_insecure: bool = False,
) -> Flow[Started]:
    """A code for the person and one for us; ``challenge`` is that of PKCE, which some issuers want here as well.

    Raises ``NoCode``, ``TransientError``, ``ConfigError``, ``InsecureError``.
    """
    url = named(document, ENDPOINT, allow_insecure=allow_insecure)
    proof = {"code_challenge": challenge, "code_challenge_method": pkce.METHOD}
    fields = request_fields(scope, resource, **proof)
    try:
        answer = yield from post(url, str(document["issuer"]), who, fields, "device authorization endpoint")
    except Refused as error:
        raise NoCode(str(error), error=error.error, description=error.description, status=error.status) from None
    try:
        started = read_reply(answer.body)
    except ValueError as error:
        raise TransientError(f"{document['issuer']} answered no device login: {error}") from None
    for page in filter(None, (started.verification_uri, started.verification_uri_complete)):
        web_address(page, "the login", allow_insecure=allow_insecure)
    return started


def poll(at: Endpoint, who: Identity, started: Started, wait: float, **more: str) -> Flow[Granted]:
    """Ask for the token until there is one (RFC 8628 3.4 and 3.5), at most ``wait`` seconds.

    An answer that does not come only slows us down. Raises ``Refused`` for the person's no, ``Expired``.
    """
    deadline = (yield from Now()) + min(wait, started.expires_in)
    interval = started.interval
    fields = {"grant_type": GRANT, "device_code": started.device_code, **more}
    while True:
        yield from Sleep(interval)
        if (yield from Now()) > deadline:
            raise Expired("nobody confirmed the code in time")
        try:
            return (yield from request_token(at, who, fields, tries=1))
        except TransientError as error:
            interval = min(max(interval * 2, error.retry_after or 0.0), LONGEST_INTERVAL)
        except Refused as error:
            if error.error == "slow_down":
                interval = min(interval + SLOWER, LONGEST_INTERVAL)
            elif error.error == "expired_token":
                raise Expired("the code has expired before anybody confirmed it") from None
            elif error.error != "authorization_pending":
                raise
