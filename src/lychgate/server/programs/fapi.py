"""The FAPI 2.0 security profile (5.3) as a setting of a client: what it may be registered as, and what its requests
must have. Everything else that the profile wants holds for every client: codes of 60 s, S256, ``iss`` in the answer.
"""

from __future__ import annotations

from collections.abc import Callable

from lychgate.oauth.error import OAuthError
from lychgate.oauth.fapi import ALGS, METHODS, PROFILE
from lychgate.server.model import Client

KEY_BOUND = "dpop_bound_access_tokens"  # RFC 9449 5.2
CERTIFICATE_BOUND = "tls_client_certificate_bound_access_tokens"  # RFC 8705 3.4
GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials"})
ALG = "ES256"  # of its tokens where nothing else is asked for
SIGNED = (
    *("id_token_signed_response_alg", "userinfo_signed_response_alg"),
    *("request_object_signing_alg", "token_endpoint_auth_signing_alg"),
)
PUSHED = 590  # seconds that a pushed request lives: less than 600 (5.3.2.2)


def holds(client: Client) -> bool:
    """Whether the profile holds for ``client``."""
    return client.profile == PROFILE


def alg(client: Client, usual: str) -> str:
    """What is signed for ``client`` with, where ``usual`` would be: never RS256 under the profile."""
    return usual if usual in ALGS or not holds(client) else ALG


def accepted(client: Client) -> tuple[str, ...]:
    """The algorithms that ``client`` may sign with; empty for no limit."""
    return ALGS if holds(client) else ()


def must_push(client: Client) -> bool:
    """Whether its authorization requests come by PAR alone (5.3.2.2; RFC 9126 6)."""
    return holds(client) or client.extra.get("require_pushed_authorization_requests") is True


def check(client: Client) -> None:
    """Refuse a client that contradicts its profile. Raises ``OAuthError`` invalid_client_metadata."""
    if client.profile not in ("", PROFILE):
        raise _refused(f"unknown profile: there is {PROFILE}")
    if holds(client):
        for rule in RULES:
            rule(client)


def _methods(client: Client) -> None:
    if not client.methods <= METHODS:
        raise _refused(f"under {PROFILE} a client authenticates by {_or(METHODS)} alone (method)")


def _grants(client: Client) -> None:
    if not client.grants <= GRANTS:
        raise _refused(f"under {PROFILE} the grants are {_or(GRANTS)} alone (grant)")


def _bound(client: Client) -> None:
    if not any(client.extra.get(name) is True for name in (KEY_BOUND, CERTIFICATE_BOUND)):
        raise _refused(f"under {PROFILE} tokens are bound to their sender: set {KEY_BOUND} or {CERTIFICATE_BOUND}")


def _algs(client: Client) -> None:
    named = {"alg": client.alg} | {name: client.extra.get(name) for name in SIGNED}
    for name, found in named.items():
        if found is not None and found not in ALGS:
            raise _refused(f"under {PROFILE} {name} is one of {', '.join(ALGS)}")


def _pkce(client: Client) -> None:
    if client.extra.get("require_pkce") is False:
        raise _refused(f"under {PROFILE} there is no code without PKCE (require_pkce)")


RULES: tuple[Callable[[Client], None], ...] = (_methods, _grants, _bound, _algs, _pkce)


def _or(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))


def _refused(why: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", why)
