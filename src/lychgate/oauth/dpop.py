"""Demonstrating proof of possession (RFC 9449): a proof as it is made (4.2) and as it is checked (4.3).

Each request carries a proof of its own: a JWT that names the request and is signed by the key that it carries.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lychgate.kernel.http import origin_of, without_query

if TYPE_CHECKING:
    from . import jose  # the cryptography is loaded where a proof is signed or read

HEADER = "DPoP"
NONCE = "DPoP-Nonce"  # the header in which a server gives the next nonce (8)
SCHEME = TOKEN_TYPE = "DPoP"
TYP = "dpop+jwt"
WINDOW = 60  # seconds that a proof is good for
LEEWAY = 30  # seconds that two clocks may differ
LONGEST = 4096  # characters of a proof; one of an RSA key of 4096 bits has 2300
_EMPTY = "e30"  # {} in base64url
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986 2.3


# --- the client's side


def message(
    jwk: Mapping[str, Any], method: str, url: str, now: float, *, access_token: str = "", nonce: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a proof for one request, as a ``Signer`` takes them: it adds ``alg`` and signs.

    ``jwk`` is the public key (``jose.public_jwk``), ``url`` the request's whole URL, ``now`` the server's time in
    epoch seconds as far as we know it; ``access_token`` goes along with the request, ``nonce`` is the server's last.
    """
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": without_query(url),
        "iat": int(now),
    }
    claims |= {"ath": ath(access_token)} if access_token else {}
    claims |= {"nonce": nonce} if nonce else {}
    return {"typ": TYP, "jwk": dict(jwk)}, claims


def ath(access_token: str) -> str:
    """The digest by which a proof names the token that it goes with (4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=").decode()


# --- the server's side


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was right. ``jkt`` is its key's thumbprint; its ``jti`` counts once until ``ends`` (epoch s)."""

    jkt: str
    jti: str
    ends: float
    nonce: str | None = None


class BadProof(ValueError):
    """Why a proof is not accepted (``invalid_dpop_proof``); the text holds nothing of it."""


class NonceWanted(BadProof):
    """The proof is to hold a nonce of ours that is still good (``use_dpop_nonce``, 8 and 9)."""


def verify(
    text: str,
    *,
    method: str,
    url: str | Collection[str],
    now: float,
    access_token: str = "",
    algs: Collection[str] = (),
    nonce: Callable[[str], bool] | None = None,
) -> Proof:
    """Check a proof as 4.3 says, but for whether its ``jti`` was used before. Raises ``BadProof``.

    ``url`` is that of the request, or each by which it may have been named; ``now`` epoch seconds; ``access_token``
    is the one that came along. ``algs`` empty accepts each asymmetric one. ``nonce`` says whether one is good; where
    it is given a proof must have one.
    """
    from . import jose

    if len(text) > LONGEST:
        raise BadProof(f"the proof is longer than {LONGEST} characters")
    try:
        header, claims = jose.peek(text, frozenset({"jwk"}))
        key, jkt = _key(text.partition(".")[0])
        jose.verify(text, [key], algs or jose.ASYMMETRIC, (header, claims))
    except jose.BadJwt as error:
        raise BadProof(f"the proof: {error}") from None
    _require_request(claims, method, [url] if isinstance(url, str) else url)
    _require_time(claims, now)
    if access_token and claims.get("ath") != ath(access_token):
        raise BadProof("the proof is for another access token (ath)")
    said = claims.get("nonce")
    if nonce is not None and not (isinstance(said, str) and nonce(said)):
        raise NonceWanted("the proof must hold the nonce that this answer gives")
    ends = float(claims["iat"]) + WINDOW + LEEWAY
    return Proof(jkt, claims["jti"], ends, said if isinstance(said, str) else None)


@functools.lru_cache(1000)
def _key(head: str) -> tuple[jose.Key, str]:
    """The key in a proof's header, and its thumbprint; remembered, since all proofs of one key begin alike."""
    from . import jose

    header, _ = jose.peek(f"{head}.{_EMPTY}.", frozenset({"jwk"}))
    if header.get("typ") != TYP:
        raise BadProof(f"the proof's typ is not {TYP}")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise BadProof("the proof carries no key (jwk)")
    try:
        key = jose.import_key(jwk)
    except (ValueError, KeyError, AttributeError):
        raise BadProof("the proof's key cannot be read") from None
    if key.key_type == "oct" or key.is_private:
        raise BadProof("the proof carries a secret: its jwk must be the public key alone")
    if jose.is_weak(key):
        raise BadProof("the proof's key is too small (RSA: 2048 bits at least)")
    return key, jose.thumbprint(key)


def _require_request(claims: Mapping[str, Any], method: str, urls: Collection[str]) -> None:
    jti, htm, htu = (claims.get(name) for name in ("jti", "htm", "htu"))
    if not isinstance(jti, str) or not 0 < len(jti) <= 256:
        raise BadProof("the proof has no jti, or one that is too long")
    if htm != method:
        raise BadProof("the proof is for another method (htm)")
    if not isinstance(htu, str) or not any(same_target(htu, url) for url in urls):
        raise BadProof("the proof is for another URL (htu)")


def _require_time(claims: Mapping[str, Any], now: float) -> None:
    iat = claims.get("iat")
    if isinstance(iat, bool) or not isinstance(iat, int | float) or not abs(iat) < 1e12:
        raise BadProof("the proof does not say when it was made (iat)")
    if not now - WINDOW - LEEWAY < iat <= now + LEEWAY:
        raise BadProof("the proof was made too long ago, or in the future (iat)")


def same_target(htu: str, url: str) -> bool:
    """Whether two URLs name one target: without query and fragment, and normalised (4.3; RFC 3986 6.2.2, 6.2.3)."""
    try:
        return normalised(htu) == normalised(url)
    except ValueError:
        return False


def normalised(url: str) -> str:
    """Scheme and host in lower case, no default port, no query, no fragment, escapes as RFC 3986 6.2.2 wants them.

    Raises ``ValueError`` for what is no absolute URL.
    """
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname or parts.username is not None:
        raise ValueError("not an absolute URL of a host")
    path = _ESCAPE.sub(_escape, parts.path) or "/"
    return origin_of(url) + path


def _escape(found: re.Match[str]) -> str:
    char = chr(int(found[0][1:], 16))
    return char if char in _UNRESERVED else found[0].upper()
