"""Authorization requests and responses (RFC 6749 4.1, RFC 9207): made and read."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from lychgate.kernel.errors import LychgateError, Refused
from lychgate.kernel.http import encoded

from . import scope as scopes
from .error import clean


class Mismatch(LychgateError):
    """A redirect that does not belong to our request (its ``state`` or ``iss`` is another's): it must be ignored."""


def request_params(
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    code_challenge: str,
    scope: Sequence[str] = (),
    resource: str = "",
    nonce: str = "",
    **extra: str,
) -> dict[str, str]:
    """The parameters of a request for a code, with PKCE (RFC 6749 4.1.1, RFC 7636 4.3); empty ones are left out."""
    made = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        "scope": scopes.join(scope),
        "resource": resource,
        "nonce": nonce,
        **extra,
    }
    return {name: value for name, value in made.items() if value}


def with_params(url: str, params: Mapping[str, str]) -> str:
    """``url`` with ``params`` added to its query, what it has there already left as it is (RFC 6749 3.1.2)."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, encoded(params)]))
    return urlunsplit(parts._replace(query=query))


@dataclass(frozen=True, slots=True)
class Granted:
    """What a redirect brings back."""

    code: str = field(repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_response(params: Mapping[str, str], *, state: str, issuer: str, iss_expected: bool) -> Granted:
    """The code in a redirect's parameters.

    ``issuer`` is whom we asked; ``iss_expected`` says that its metadata promises ``iss`` in each answer (RFC 9207 2.3).
    Raises ``Mismatch`` for a redirect that is not ours, ``Refused`` for the server's own no.
    """
    if not hmac.compare_digest(_raw(params.get("state", "")), _raw(state)):
        raise Mismatch("the redirect has another state than our request")
    iss = params.get("iss")
    if (iss is not None and iss != issuer) or (iss is None and iss_expected):
        raise Mismatch("the redirect comes from another issuer than the one that was asked")
    if "error" in params:
        error, described = params["error"], params.get("error_description", "")
        raise Refused(f"{issuer} refused the login: {clean(described or error)}", error=error, description=described)
    if not params.get("code"):
        raise Mismatch("the redirect holds neither a code nor an error")
    return Granted(params["code"], params)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def success(code: str, state: str | None, issuer: str, **extra: str) -> dict[str, str]:
    """The parameters that go back with a code; ``state`` is echoed byte for byte, ``iss`` always there."""
    return {"code": code} | ({"state": state} if state is not None else {}) | {"iss": issuer} | extra


def failure(error: str, description: str, state: str | None, issuer: str) -> dict[str, str]:
    """The parameters that go back with an error."""
    made = {"error": error, "error_description": clean(description)}
    return made | ({"state": state} if state is not None else {}) | {"iss": issuer}
