"""Proofs of possession as a client makes them (RFC 9449 4.2 and 8): the key that signs, and the nonces servers give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.kernel.secret import Secret, remember
from lychgate.oauth import dpop

if TYPE_CHECKING:
    from lychgate.oauth import jose  # the cryptography is loaded where a proof is signed

LONGEST = 1024  # characters of a nonce that is believed
_REMEMBERED = 256  # origins


@dataclass(frozen=True, slots=True, eq=False)
class ProofKey:
    """``secret`` is the private key as it is kept, ``jkt`` the public one's thumbprint (RFC 7638)."""

    secret: Secret
    jkt: str
    _key: jose.Key = field(repr=False)
    _jwk: Mapping[str, Any] = field(repr=False)
    _alg: str

    def proof(self, method: str, url: str, now: float, *, access_token: str = "", nonce: str = "") -> str:
        """A new proof for one request; ``now`` is the server's time in epoch seconds, as far as we know it."""
        from lychgate.oauth import jose

        header, claims = dpop.message(self._jwk, method, url, now, access_token=access_token, nonce=nonce)
        return jose.sign({"alg": self._alg, **header}, claims, self._key)


def opened(secret: Secret) -> ProofKey:
    """The key that ``secret`` holds (PEM, OpenSSH or a JWK as JSON). It may read a file.

    Raises ``ConfigError``, which holds nothing of it, for what is no private key.
    """
    from lychgate.oauth import jose
    from lychgate.oauth.private_key import open_private_key

    text = secret.reveal()
    try:
        key = _jwk(json.loads(text)) if text.lstrip().startswith("{") else open_private_key(text)
        if key.key_type == "oct" or not key.is_private or jose.is_weak(key):
            raise ValueError("it is no private key of ECDSA, RSA (2048 bits at least) or Ed25519")
    except (ValueError, KeyError, AttributeError) as error:
        why = str(error) if isinstance(error, ValueError) else "a part is missing"
        raise ConfigError(f"the key for proofs cannot be used: {why}", field="dpop_key") from None
    public = jose.public_jwk(cast("Any", key))  # no shared secret: it was asked above
    return ProofKey(secret, jose.thumbprint(key), key, public, jose.alg_for(key))


def _jwk(members: Any) -> jose.Key:
    from lychgate.oauth import jose

    remember(str(members.get("d", "")))  # the part that matters: no log shows it alone either
    return jose.import_key(members)


def generated() -> ProofKey:
    """A new key for ES256."""
    from lychgate.oauth import jose

    members = jose.generate("ES256").as_dict(private=True)
    return opened(Secret(json.dumps({name: members[name] for name in ("kty", "crv", "x", "y", "d")})))


class Nonces:
    """The last nonce of each origin: a server may want one in each proof, and says so with its first (RFC 9449 8)."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    def of(self, origin: str) -> str:
        """What a proof for ``origin`` is to hold; empty where nothing is wanted."""
        return self._held.get(origin, "")

    def learn(self, response: Response) -> bool:
        """Note the nonce of an answer; whether it is another one than before."""
        given = response.headers.get(dpop.NONCE, "")
        if not given or len(given) > LONGEST or not all(0x20 < ord(c) < 0x7F for c in given):
            return False
        origin = origin_of(response.url)
        if self._held.get(origin) == given:
            return False
        if origin not in self._held and len(self._held) >= _REMEMBERED:
            self._held.clear()  # bounded; what is forgotten is told again
        self._held[origin] = given
        return True


ISSUERS, APIS = Nonces(), Nonces()
"""Those of token endpoints and those of APIs: one on the same origin has nonces of its own (RFC 9449 9)."""


def carrying(request: Request, access: str, key: ProofKey | None, now: float) -> Request:
    """``request`` with an access token on it (RFC 6750 2.1), and the proof where it is bound to ``key`` (RFC 9449 7.1).

    ``now`` is the API's time in epoch seconds, as far as we know it.
    """
    if key is None:
        return request.with_header("Authorization", f"Bearer {access}")
    nonce = APIS.of(origin_of(request.url))
    proof = key.proof(request.method, request.url, now, access_token=access, nonce=nonce)
    return request.with_header("Authorization", f"{dpop.SCHEME} {access}").with_header(dpop.HEADER, proof)
