"""A client's metadata (RFC 7591 2, OpenID Connect Registration 2) and our ``Client``, each made from the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lychgate.kernel.errors import LychgateError
from lychgate.oauth import logout_metadata
from lychgate.oauth import scope as scopes
from lychgate.oauth.device import GRANT as DEVICE
from lychgate.oauth.error import OAuthError
from lychgate.server.bound import client_certificates
from lychgate.server.fetcher import Fetcher
from lychgate.server.model import Client
from lychgate.server.policy import STANDARD_SCOPES

from . import openid_metadata
from .registration import refused

GRANTS = ("authorization_code", "refresh_token", DEVICE)  # what a client may give itself
PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri")
FETCHED = ("sector_identifier_uri",)
TEXTS = ("software_id", "software_version", logout_metadata.URI, *openid_metadata.CHOICES, *client_certificates.NAMES)
LISTS = ("contacts", logout_metadata.AFTER, "request_uris", "default_acr_values")
FLAGS = (
    *("require_auth_time", "require_signed_request_object", logout_metadata.SESSION),
    *("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens"),
    "require_pushed_authorization_requests",
)
KEPT = (*PAGES, *FETCHED, *TEXTS, *LISTS, *FLAGS, "default_max_age", openid_metadata.LOCALIZED)
IGNORED = frozenset(  # registered names that change nothing here: they are passed over, and not echoed
    """
    software_statement id_token_encrypted_response_alg id_token_encrypted_response_enc
    userinfo_encrypted_response_alg userinfo_encrypted_response_enc
    request_object_encryption_alg request_object_encryption_enc
    frontchannel_logout_uri frontchannel_logout_session_required
    authorization_signed_response_alg
    introspection_signed_response_alg
    """.split()
)
OURS = ("client_name", "redirect_uris", "token_endpoint_auth_method", "grant_types", "response_types", "scope")


def read(body: object, client: Client, allowed: tuple[str, ...], fetcher: Fetcher, grants: tuple[str, ...]) -> Client:
    """``client`` with the metadata that ``body`` asks for; ``allowed`` are the scopes that it may have.

    Raises ``OAuthError`` invalid_client_metadata or invalid_redirect_uri.
    """
    if not isinstance(body, dict):
        raise refused("the metadata is a JSON object")
    named = {name for name in body if not openid_metadata.is_tagged(name)}
    unknown = sorted(named - ({*OURS, *KEPT, *IGNORED, "jwks", "jwks_uri"} - {openid_metadata.LOCALIZED}))
    if unknown:
        raise refused(f"unknown metadata {unknown[0][:100]!r}")
    given = {name: value for name, value in body.items() if value is not None}
    wanted = _texts(given, "grant_types") or ("authorization_code",)
    _refuse_surplus("grant_types", wanted, grants)
    _refuse_surplus("response_types", _texts(given, "response_types"), ("code",))
    uris = _texts(given, "redirect_uris")
    if "authorization_code" in wanted and not uris:
        raise OAuthError("invalid_redirect_uri", "redirect_uris: at least one is needed for authorization_code")
    jwks = given.get("jwks")
    return replace(
        client,
        name=_text(given, "client_name") or client.id,
        methods=frozenset({_text(given, "token_endpoint_auth_method") or "client_secret_basic"}),
        grants=frozenset(wanted),
        redirect_uris=uris,
        scopes=_scopes(given, allowed),
        jwks=None if jwks is None else _json(jwks),
        jwks_uri=_text(given, "jwks_uri") or None,
        extra={**client.extra, **_kept(given, fetcher)},
    )


def _scopes(given: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[str, ...]:
    asked = scopes.parse(_text(given, "scope"))
    own = tuple(one for one in asked if one not in STANDARD_SCOPES)
    _refuse_surplus("scope", own, allowed)
    return own if asked else allowed


def _refuse_surplus(name: str, wanted: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    surplus = [one for one in wanted if one not in allowed]
    if surplus:
        raise refused(f"{name}: {surplus[0][:100]!r} cannot be had here (only {', '.join(allowed) or 'none'})")


def _kept(given: Mapping[str, Any], fetcher: Fetcher) -> dict[str, Any]:
    readers: dict[str, Callable[[Mapping[str, Any], str], Any]] = dict.fromkeys(TEXTS, _text)
    readers |= dict.fromkeys(LISTS, lambda found, name: list(_texts(found, name)))
    readers |= dict.fromkeys((*PAGES, *FETCHED), lambda found, name: _page(found, name, fetcher))
    readers |= dict.fromkeys(FLAGS, _flag) | {"default_max_age": _number}
    made = {name: readers[name](given, name) for name in KEPT if name in given and name in readers}
    for uri in made.get("request_uris", ()):
        _check_outside(uri, "request_uris", fetcher)
    openid_metadata.check(made)
    if tagged := openid_metadata.tagged(given):
        for name in tagged:
            if not name.startswith("client_name"):
                _page(tagged, name, fetcher)
        made[openid_metadata.LOCALIZED] = tagged
    return made


def _page(given: Mapping[str, Any], name: str, fetcher: Fetcher) -> str:
    """A page that people are shown a link to: https, and not of somebody's inner network."""
    uri = _text(given, name)
    _check_outside(uri, name, fetcher)
    return uri


def _check_outside(uri: str, name: str, fetcher: Fetcher) -> None:
    try:
        fetcher.check(uri)
    except LychgateError as error:
        raise refused(f"{name}: {error}") from None


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > 2000:
        raise refused(f"{name} is a text of at most 2000 characters")
    return value


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name, [])
    if not isinstance(value, list) or len(value) > 50 or not all(isinstance(one, str) for one in value):
        raise refused(f"{name} is a list of at most 50 texts")
    return tuple(dict.fromkeys(value))


def _number(given: Mapping[str, Any], name: str) -> int:
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise refused(f"{name} is a number of seconds")
    return value


def _flag(given: Mapping[str, Any], name: str) -> bool:
    if not isinstance(given[name], bool):
        raise refused(f"{name} is true or false")
    return bool(given[name])


def _json(value: Any) -> str:
    import json

    if not isinstance(value, dict):
        raise refused("jwks is a JWK set (RFC 7517 5)")
    return json.dumps(value)


def shown(client: Client) -> dict[str, Any]:
    """Everything that is registered, as the client is told (RFC 7591 3.2.1)."""
    import json

    made: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": client.created_at // 1000,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "token_endpoint_auth_method": next(iter(client.methods)),
        "grant_types": sorted(client.grants),
        "response_types": ["code"] if "authorization_code" in client.grants else [],
        "scope": scopes.join((*STANDARD_SCOPES, *client.scopes)),
    }
    made |= {"jwks": json.loads(client.jwks)} if client.jwks else {}
    made |= {"jwks_uri": client.jwks_uri} if client.jwks_uri else {}
    extra = client.extra
    made |= extra.get(openid_metadata.LOCALIZED, {})
    return made | {name: extra[name] for name in KEPT if name in extra and name != openid_metadata.LOCALIZED}
