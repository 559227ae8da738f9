"""What a client may be registered as: one table of checks for the command line, the JSON API and registration by
clients themselves (RFC 7591 2). A check returns, or raises ``OAuthError`` invalid_client_metadata with what to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from lychgate.kernel.errors import LychgateError
from lychgate.oauth import logout_metadata, scope
from lychgate.oauth.client_auth import METHODS
from lychgate.oauth.error import OAuthError
from lychgate.oauth.token_exchange import GRANT as TOKEN_EXCHANGE
from lychgate.server.bound import certificate_rules, client_certificates
from lychgate.server.fetcher import Fetcher
from lychgate.server.model import Client

from . import fapi
from .client_keys import read_set
from .redirect_uri import check_redirect_uri, shown

ALGS = ("ES256", "RS256", "EdDSA")
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
MOST = 50  # redirect URIs, scopes, audiences, ... of one client
LONGEST_NAME = 200  # characters
_ID = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")  # RFC 6749 A.1, without space, quote and backslash
_WORD = re.compile(r"[^\s,]{1,200}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What this server has: its ``grants``, those of them that ``refresh`` a login and that start one (``logins``),
    the longest ``lifetime`` in seconds, and the ``fetcher`` that says which URLs it would read."""

    grants: Collection[str]
    logins: Collection[str]
    lifetime: int
    fetcher: Fetcher


def check_client(client: Client, rules: Rules) -> None:
    """Refuse a client that contradicts itself or the rules. Raises ``OAuthError`` invalid_client_metadata, or
    invalid_redirect_uri."""
    for check in CHECKS:
        check(client, rules)


def check_text(what: str, text: str) -> None:
    """A name that people will read: printable, nothing that turns the direction of what stands beside it."""
    odd = [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or _turns(c)]
    if odd or not text.strip() or len(text) > LONGEST_NAME:
        raise refused(f"{what}: between 1 and {LONGEST_NAME} printable characters")


def check_group(word: str) -> None:
    """A role or a group: one word, since lists of them are written with commas."""
    if not _WORD.fullmatch(word) or not word.isprintable():
        raise refused(f"role or group {shown(word)}: one printable word of at most 200 characters, without comma")


def refused(why: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", why)


def _turns(char: str) -> bool:
    return unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def _names(client: Client, rules: Rules) -> None:
    if not _ID.fullmatch(client.id):
        raise refused("a client's id has 1 to 255 printable ASCII characters, without space, quote and backslash")
    check_text("a client's name", client.name)
    for group in client.groups:
        check_group(group)


def _sizes(client: Client, rules: Rules) -> None:
    for name in ("redirect_uris", "scopes", "audiences", "resources", "groups"):
        values = getattr(client, name)
        if len(values) > MOST or len(set(values)) != len(values):
            raise refused(f"{name.replace('_', ' ')}: at most {MOST}, each once")


def _methods(client: Client, rules: Rules) -> None:
    known = (*METHODS, *client_certificates.METHODS)
    unknown = sorted(client.methods - set(known))
    if unknown or not client.methods:
        wrong = f"unknown method {shown(unknown[0])}" if unknown else "no method"
        raise refused(f"{wrong}: use {', '.join(known)}")
    if "none" in client.methods and len(client.methods) > 1:
        others = ", ".join(sorted(client.methods - {"none"}))
        raise refused(f"a public client (method none) has nothing to prove who it is with, so no {others} either")


def _grants(client: Client, rules: Rules) -> None:
    unknown = sorted(client.grants - set(rules.grants))
    if unknown:
        raise refused(f"unknown grant {shown(unknown[0])}: this server has {', '.join(sorted(rules.grants))}")
    if client.public and "client_credentials" in client.grants:
        raise refused("client_credentials needs a secret or a key, so it is not for a public client (choose --grant)")
    if client.public and TOKEN_EXCHANGE in client.grants:
        raise refused("token-exchange needs a secret or a key, so it is not for a public client (choose --grant)")
    if "refresh_token" in client.grants and client.grants.isdisjoint(rules.logins):
        raise refused(f"refresh_token alone has no login to refresh: add {' or '.join(sorted(rules.logins))}")


def _keys(client: Client, rules: Rules) -> None:
    given = [name for name in ("jwks", "jwks_uri") if getattr(client, name)]
    if len(given) > 1:
        raise refused("the client's keys are given by jwks or by jwks_uri, not by both (RFC 7591 2)")
    for method in ("private_key_jwt", client_certificates.SELF_SIGNED):
        if method in client.methods and not given:
            raise refused(f"{method} needs the client's public keys: jwks or jwks_uri is missing")
    if client.jwks:
        _check_set(client.jwks)
    if client.jwks_uri:
        _check_fetched("jwks_uri", client.jwks_uri, rules.fetcher)


def _check_set(text: str) -> None:
    try:
        found = read_set(text)
    except (ValueError, RecursionError) as error:
        why = str(error) if type(error) is ValueError else "not JSON"
        raise refused(f"jwks: {why}") from None
    if not found:
        raise refused("jwks: no key in it that can be used here (EC, RSA of 2048 bits or more, Ed25519)")


def _check_fetched(name: str, uri: str, fetcher: Fetcher) -> None:
    try:
        fetcher.check(uri)
    except LychgateError as error:
        raise refused(f"{name}: {error}") from None


def _tokens(client: Client, rules: Rules) -> None:
    if client.alg is not None and client.alg not in ALGS:
        raise refused(f"alg {shown(client.alg)}: tokens are signed with {', '.join(ALGS)}")
    if client.lifetime is not None and not 1 <= client.lifetime <= rules.lifetime:
        raise refused(f"lifetime: between 1 and {rules.lifetime} seconds (longest_lifetime of the server)")
    for word in client.scopes:
        if not _is_scope(word):
            raise refused(f"scope {shown(word)}: one word of printable ASCII (RFC 6749 3.3)")
    for uri in (*client.audiences, *client.resources):
        check_uri(uri)


def _is_scope(word: str) -> bool:
    try:
        return scope.parse(word) == (word,)
    except OAuthError:
        return False


def check_uri(uri: str) -> None:
    """RFC 8707 2: an absolute URI without a fragment."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        parts = urlsplit("")
    plain = uri.isascii() and uri.isprintable() and " " not in uri and len(uri) <= 2000
    if not plain or not parts.scheme or not (parts.netloc or parts.path) or "#" in uri:
        raise refused(
            f"audience or resource {shown(uri)}: an absolute URI without a fragment (https://api.example.org)"
        )


def _redirects(client: Client, rules: Rules) -> None:
    for uri in client.redirect_uris:
        check_redirect_uri(uri)


def _logout(client: Client, rules: Rules) -> None:
    """Where a logout leads is held to what holds of where a login leads (RP-Initiated Logout 1.0, 3.1)."""
    uris = client.extra.get(logout_metadata.AFTER, ())
    if len(uris) > MOST:
        raise refused(f"{logout_metadata.AFTER}: at most {MOST}")
    for uri in uris:
        try:
            check_redirect_uri(uri)
        except OAuthError as error:
            raise refused(f"{logout_metadata.AFTER}: {error.description}") from None
    uri = client.extra.get(logout_metadata.URI)
    if uri is not None:
        _check_fetched(logout_metadata.URI, uri, rules.fetcher)


def _certificates(client: Client, rules: Rules) -> None:
    certificate_rules.check(client)


def _profile(client: Client, rules: Rules) -> None:
    fapi.check(client)


CHECKS: tuple[Callable[[Client, Rules], None], ...] = (
    *(_names, _sizes, _methods, _grants, _keys, _certificates, _tokens, _redirects, _logout, _profile),
)
