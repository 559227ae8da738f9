"""JWTs and keys (RFC 7515, 7517, 7519), by joserfc: the one module that names it.

Reading is strict: an algorithm is one of those that the caller expects, never the token's choice; a key never comes
from a header; ``crit`` and ``b64`` are refused, as is a JSON object with a name twice (RFC 8725).
"""

from __future__ import annotations

import binascii
import functools
import json
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, KeyParameters, OctKey, OKPKey, RSAKey

# "EdDSA" is what issuers' metadata and their clients still say; the name from RFC 9864 is accepted besides.
warnings.filterwarnings("ignore", "EdDSA is deprecated via RFC 9864", SecurityWarning)
warnings.filterwarnings("ignore", "Key size should be", SecurityWarning)  # such keys are refused, in words of ours

Key = ECKey | RSAKey | OKPKey | OctKey
ASYMMETRIC = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519")
SYMMETRIC = ("HS256", "HS384", "HS512")
_FORBIDDEN = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})
_IDENTITY = frozenset({"kty", "crv", "x", "y", "n", "e"})  # RFC 7638 3.2, RFC 8037 2
LONGEST = 16 * 1024  # characters of a JWT that is read at all


class BadJwt(ValueError):
    """The text is no JWT that may be trusted; the message says why and holds nothing of it."""


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: Key) -> str:
    """A JWT in compact form; ``header`` names ``alg``. Raises ``ValueError`` where the key is none for it."""
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        return jws.serialize_compact(dict(header), payload, key, algorithms=[header["alg"]], registry=_registry)
    except (JoseError, TypeError) as error:
        raise ValueError(f"this key cannot sign with {header['alg']} ({type(error).__name__})") from None


def alg_for(key: Key) -> str:
    """The algorithm that ``key`` signs with where none is asked for."""
    if isinstance(key, ECKey):
        return {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}.get(key.curve_name, "ES256")
    return {"RSA": "RS256", "OKP": "EdDSA"}.get(key.key_type, "HS256")


def public_der(key: Key) -> bytes:
    """The public part as SubjectPublicKeyInfo (RFC 5280 4.1); empty for a symmetric key, which has none."""
    return b"" if isinstance(key, OctKey) else key.as_der(private=False)


def thumbprint(key: Key) -> str:
    """The key's SHA-256 thumbprint (RFC 7638 3), 43 characters."""
    return key.thumbprint()


def public_jwk(key: ECKey | RSAKey | OKPKey) -> dict[str, Any]:
    """What says which public key it is and nothing else: the members that its thumbprint is made of."""
    return {name: value for name, value in key.as_dict(private=False).items() if name in _IDENTITY}


def is_weak(key: Key) -> bool:
    """Whether it is an RSA key of less than 2048 bits, which nothing here accepts."""
    return key.key_type == "RSA" and int(getattr(key.get_op_key("verify"), "key_size", 0)) < 2048


def peek(token: str, allowed: frozenset[str] = frozenset()) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims), not verified: for finding the key. Raises ``BadJwt`` for what no key can make good.

    ``allowed`` are dangerous header parameters that a message is defined to have, as a DPoP proof has its ``jwk``.
    """
    if len(token) > LONGEST or token.count(".") != 2:
        raise BadJwt("not a compact JWT of three parts")
    head, payload, _ = token.split(".")
    return dict(_header(head, allowed)), _object(payload, "payload")


@functools.lru_cache(64)
def _header(part: str, allowed: frozenset[str]) -> dict[str, Any]:
    """The header, checked; remembered, since all tokens of one key have the same."""
    header = _object(part, "header")
    refused = _FORBIDDEN & (header.keys() - allowed)
    if refused:
        raise BadJwt(f"header parameter not accepted: {sorted(refused)[0]}")
    if not (isinstance(header.get("kid", ""), str) and isinstance(header.get("typ", ""), str)):
        raise BadJwt("kid and typ in the header are texts")
    return header


def verify(
    token: str, keys: Sequence[Key], algs: Collection[str], peeked: tuple[dict[str, Any], dict[str, Any]] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a token that one of ``keys`` signed with one of ``algs``. Raises ``BadJwt``.

    ``peeked`` is what ``peek`` answered for the same token, where that has been asked already.
    """
    header, claims = peek(token) if peeked is None else peeked
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in algs:
        raise BadJwt("signed with an algorithm that is not accepted")
    for key in _candidates(keys, header.get("kid"), alg):
        if _signed_by(token, alg, key):
            return header, claims
    raise BadJwt("the signature does not fit any known key")


def _signed_by(token: str, alg: str, key: Key) -> bool:
    """By joserfc's algorithm itself: ``peek`` has read and checked the header, and it would read it again."""
    signed, _, signature = token.rpartition(".")
    try:
        model = _registry.get_alg(alg)
        model.check_key(key)
        return model.verify(signed.encode(), octets(signature), key)
    except (JoseError, ValueError, TypeError):
        return False


def _candidates(keys: Sequence[Key], kid: object, alg: str) -> list[Key]:
    """Keys that may have signed: of the right type; those of the same ``kid`` where the token names one we know."""
    fitting = [key for key in keys if key.key_type == _type_of(alg)]
    named = [key for key in fitting if kid is not None and key.kid == kid]
    return named or [key for key in fitting if kid is None or key.kid is None]


def _type_of(alg: str) -> str:
    return {"H": "oct", "E": "EC", "R": "RSA", "P": "RSA"}[alg[0]] if alg not in ("EdDSA", "Ed25519") else "OKP"


def octets(part: str) -> bytes:
    """What base64url without padding stands for (RFC 7515 2). Raises ``ValueError`` for any other characters."""
    if "+" in part or "/" in part or "=" in part:
        raise ValueError("characters of the other alphabet, or padding")
    standard = part.replace("-", "+").replace("_", "/")
    return binascii.a2b_base64(standard + "=" * (-len(part) % 4), strict_mode=True)


def _object(part: str, what: str) -> dict[str, Any]:
    try:
        text = octets(part).decode()
        value, end = _decoder.raw_decode(text)
        if end != len(text) and text[end:].strip(" \t\r\n"):
            raise ValueError("more than one value")
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise BadJwt(f"the {what} is not base64url-encoded JSON") from None
    if not isinstance(value, dict):
        raise BadJwt(f"the {what} is not a JSON object")
    return value


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


_decoder = json.JSONDecoder(object_pairs_hook=_no_twins)


def import_key(data: Mapping[str, Any] | str | bytes, kid: str | None = None) -> Key:
    """A key from a JWK, from PEM or OpenSSH text, or (text without PEM marks) a shared secret's text.

    Raises ``ValueError`` where it is none.
    """
    parameters: KeyParameters | None = {"kid": kid} if kid else None
    try:
        if isinstance(data, Mapping):
            return _known(JWKRegistry.import_key(dict(data), parameters=parameters))
        text = data.encode() if isinstance(data, str) else data
        if b"-----BEGIN" not in text:
            return OctKey.import_key(text, parameters)
        return _from_pem(text, parameters)
    except (JoseError, TypeError) as error:
        raise ValueError(f"not a key that can be used here ({type(error).__name__})") from None


def _from_pem(text: bytes, parameters: KeyParameters | None) -> Key:
    for kind in (ECKey, RSAKey, OKPKey):
        try:
            return kind.import_key(text, parameters)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("not an EC, RSA or Ed25519 key in PEM form")


def _known(key: object) -> Key:
    if not isinstance(key, ECKey | RSAKey | OKPKey | OctKey):
        raise ValueError("not a key type that is known here")
    return key


def import_keys(jwks: Mapping[str, Any]) -> list[Key]:
    """The keys of a JWK set (RFC 7517 5) that can be used here; those of unknown types are passed over."""
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        raise ValueError("not a JWK set: no list of keys")
    found: list[Key] = []
    for entry in listed:
        try:
            found.append(import_key(entry))
        except (ValueError, AttributeError):
            continue
    return found


def generate(alg: str) -> ECKey | RSAKey | OKPKey:
    """A new private key for signing with ``alg``: P-256, RSA of 2048 bits, or Ed25519."""
    if alg == "ES256":
        return ECKey.generate_key("P-256")
    if alg == "RS256":
        return RSAKey.generate_key(2048)
    if alg in ("EdDSA", "Ed25519"):
        return OKPKey.generate_key("Ed25519")
    raise ValueError(f"no signing key for {alg}: use ES256, RS256 or EdDSA")


# An unknown header parameter is ignored, as RFC 7515 4 asks; the dangerous ones are refused in ``peek``.
_registry = jws.JWSRegistry(algorithms=[*ASYMMETRIC, *SYMMETRIC], strict_check_header=False)
