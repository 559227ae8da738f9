"""From the URL of a protected API to its issuer (RFC 9728 3 and 5): its challenge says where to read, or its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lychgate.kernel.challenge import Challenge, parse_challenges
from lychgate.kernel.errors import ConfigError, InsecureError, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response, require_secure, without_query
from lychgate.kernel.steps import Send
from lychgate.oauth import protected_resource

LONGEST = 64 * 1024  # bytes of a document that is read


@dataclass(frozen=True, slots=True)
class Api:
    """A protected API: its own name for itself, the issuers it trusts, byte for byte, and the scopes to ask for.

    ``dpop``: it takes only tokens that are bound to a key (RFC 9728 2).
    """

    resource: str
    issuers: tuple[str, ...]
    scopes: tuple[str, ...]
    dpop: bool = False


def api_at(url: str, *, allow_insecure: bool = False) -> Flow[Api]:
    """What the API at ``url`` says of itself. Nothing secret is sent.

    Raises ``ConfigError`` where it says nothing, ``InsecureError`` for plain http, ``TransientError``.
    """
    challenge = _bearer((yield from _get(url, allow_insecure)))
    said = challenge.params.get("resource_metadata")
    tried: list[str] = []
    for place in [said] if said else protected_resource.addresses(url):
        response = yield from _get(place, allow_insecure)
        if response.status >= 500:
            raise TransientError(f"{without_query(place)} answered {response.status}; try again later")
        if response.status != 200:
            tried.append(f"{without_query(place)} answered {response.status}")
            continue
        try:
            return _api(_document(response, url), challenge)
        except ValueError as error:
            tried.append(f"{without_query(place)}: {str(error)[:300]}")
    raise ConfigError(f"{without_query(url)} does not say who its issuer is: {'; '.join(tried)}", field="issuer")


def _get(url: str, lax: bool) -> Flow[Response]:
    """Raises ``InsecureError`` also for what is no web address: a challenge is a stranger's word."""
    if not url.lower().startswith(("https://", "http://")):
        raise InsecureError("the API names an address that is no web page; nothing was sent there")
    require_secure(url, "The question who the API's issuer is", lax)
    return (yield from Send(Request("GET", url, Headers({"Accept": "application/json"})), timeout=15))


def _bearer(response: Response) -> Challenge:
    found = parse_challenges(response.headers.all("WWW-Authenticate")) if response.status in (401, 403) else []
    bearers = [challenge for challenge in found if challenge.scheme in ("bearer", "dpop")]
    told = [challenge for challenge in bearers if "resource_metadata" in challenge.params]
    return next(iter([*told, *bearers]), Challenge("bearer"))


def _document(response: Response, url: str) -> Mapping[str, Any]:
    if len(response.body) > LONGEST:
        raise ValueError(f"it has {len(response.body)} bytes")
    try:
        body = response.json()
    except ValueError:
        raise ValueError("not JSON") from None
    return protected_resource.read(body, url)


def _api(document: Mapping[str, Any], challenge: Challenge) -> Api:
    """The scopes of the challenge, which are those for this request, else those that the API knows."""
    listed = document.get("scopes_supported")
    scopes = challenge.params.get("scope", "").split() or (listed if isinstance(listed, list) else [])
    return Api(
        document["resource"],
        tuple(document["authorization_servers"]),
        tuple(scope for scope in scopes if isinstance(scope, str)),
        document.get("dpop_bound_access_tokens_required") is True,
    )
