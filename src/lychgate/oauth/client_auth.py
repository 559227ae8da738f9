"""Client authentication at the token endpoint: presented and read (RFC 6749 2.3.1, RFC 7523 2.2, OpenID Core 9)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import quote_plus, unquote_plus

from .error import OAuthError

if TYPE_CHECKING:
    from . import jose  # the cryptography is loaded where an assertion is signed or read

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")
LIFETIME = 60  # seconds that our own assertions live
LONGEST = 3600  # seconds: no assertion may end later than this from now
LEEWAY = 30  # seconds that two clocks may differ


@dataclass(frozen=True, slots=True)
class Presented:
    """Who a client says it is; ``method`` is what it used (for an assertion signed by HMAC ``client_secret_jwt``)."""

    method: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)


# --- the client's side


def basic(client_id: str, secret: str) -> str:
    """The value of ``Authorization``: both parts form-encoded before base64 (RFC 6749 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def assertion(
    client_id: str, key: jose.Key, alg: str, audience: str, now: float, *, typ: str = "JWT", kid: str | None = None
) -> str:
    """A client assertion for ``audience``; ``now`` is the server's time in epoch seconds, as far as we know it."""
    from . import jose

    header = {"alg": alg, "typ": typ} | ({"kid": kid} if kid else {})
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now),
        "exp": int(now) + LIFETIME,
        "jti": secrets.token_urlsafe(16),
    }
    return jose.sign(header, claims, key)


def assertion_fields(signed: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


# --- the server's side


def read(authorization: str | None, fields: Mapping[str, str]) -> Presented | None:
    """What a request presents: exactly one method, or None for nothing at all.

    ``authorization`` is the header as received, ``fields`` the form's. Raises ``OAuthError``: invalid_request for two
    methods at once, invalid_client for what cannot be read.
    """
    found = [
        presented
        for presented in (_read_basic(authorization), _read_assertion(fields), _read_post(fields))
        if presented is not None
    ]
    if len(found) > 1:
        raise OAuthError("invalid_request", "authenticate the client by one method only")
    if not found:
        client_id = fields.get("client_id")
        return Presented("none", client_id) if client_id else None
    only, named = found[0], fields.get("client_id")
    if named and named != only.client_id:
        raise OAuthError("invalid_request", "client_id differs from the client that authenticates")
    return only


def _read_basic(authorization: str | None) -> Presented | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    raw = encoded.strip().replace("-", "+").replace("_", "/")  # some clients use the URL-safe alphabet
    try:
        pair = base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True).decode("utf-8")
        client_id, colon, secret = pair.partition(":")
        decoded = _decoded(client_id), _decoded(secret)
    except ValueError:  # no ASCII, no base64, no UTF-8
        raise _unreadable() from None
    if not colon or not decoded[0]:
        raise _unreadable()
    return Presented("client_secret_basic", decoded[0], secret=decoded[1])


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _unreadable() -> OAuthError:
    return OAuthError("invalid_client", "the Basic credentials are not base64 of client_id:client_secret")


def is_empty_basic(authorization: str | None) -> bool:
    """Whether the header is a Basic one with neither name nor password (a padlock with empty fields sends it)."""
    return (authorization or "").strip().lower() in ("basic", "basic og==")


def _read_assertion(fields: Mapping[str, str]) -> Presented | None:
    if "client_assertion" not in fields and "client_assertion_type" not in fields:
        return None
    if fields.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthError("invalid_client", f"client_assertion_type must be {ASSERTION_TYPE}")
    from . import jose

    try:
        header, claims = jose.peek(fields.get("client_assertion", ""))
    except jose.BadJwt as error:
        raise OAuthError("invalid_client", f"client_assertion: {error}") from None
    client_id = claims.get("sub")
    if not isinstance(client_id, str) or not client_id:
        raise OAuthError("invalid_client", "client_assertion: sub must be the client's id")
    method = "client_secret_jwt" if header.get("alg") in jose.SYMMETRIC else "private_key_jwt"
    return Presented(method, client_id, assertion=fields["client_assertion"])


def _read_post(fields: Mapping[str, str]) -> Presented | None:
    if "client_secret" not in fields:
        return None
    if not fields.get("client_id"):
        raise OAuthError("invalid_client", "client_secret without client_id")
    return Presented("client_secret_post", fields["client_id"], secret=fields["client_secret"])


def require(header: Mapping[str, Any], claims: Mapping[str, Any], audiences: tuple[str, ...], now: float) -> str:
    """Check a *verified* assertion's claims (RFC 7523 3); answers its ``jti``, which may be used once.

    ``audiences`` are the issuer and our token URLs, ``now`` epoch seconds. Raises ``OAuthError`` invalid_client.
    """
    problem = _problem(header, claims, audiences, now)
    if problem:
        raise OAuthError("invalid_client", f"client_assertion: {problem}")
    return str(claims["jti"])


def _problem(header: Mapping[str, Any], claims: Mapping[str, Any], audiences: tuple[str, ...], now: float) -> str:
    if header.get("typ") not in (None, "JWT", "client-authentication+jwt"):
        return "typ must be JWT or client-authentication+jwt"
    if not isinstance(claims.get("iss"), str) or claims.get("iss") != claims.get("sub"):
        return "iss and sub must both be the client's id"
    return problem_of(claims, audiences, now)


def problem_of(claims: Mapping[str, Any], audiences: tuple[str, ...], now: float) -> str:
    """What is wrong with an assertion's audience, ``jti`` or times (RFC 7523 3); empty where nothing is."""
    aud = claims.get("aud")
    named = aud[0] if isinstance(aud, list) and len(aud) == 1 else aud
    if not isinstance(named, str) or named not in audiences:
        return "aud must be the issuer or its token endpoint, and nothing else"
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 256:
        return "jti is missing"
    return _untimely(claims, now)


def _untimely(claims: Mapping[str, Any], now: float) -> str:
    exp, iat, nbf = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not _is_time(exp):
        return "exp is missing"
    if exp <= now - LEEWAY:
        return "it has expired"
    if exp > now + LONGEST + LEEWAY:
        return f"exp is more than {LONGEST} seconds ahead"
    for name, time in (("iat", iat), ("nbf", nbf)):
        if time is not None and (not _is_time(time) or time > now + LEEWAY):
            return f"{name} is in the future"
    return ""


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
