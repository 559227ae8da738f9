"""Bound tokens at an API: a proof by DPoP (RFC 9449 7), or the certificate of the TLS connection (RFC 8705 3)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret
from lychgate.oauth import bound, client_cert, dpop
from lychgate.oauth.bound import Binding
from lychgate.oauth.dpop_nonce import Nonces

from .call import Call
from .refusal import ALGS, bad_proof, invalid_token, nonce_wanted, unavailable
from .replays import Full, Replays
from .sender import NOBODY, Proxies, Sender

KINDS = (False, True, "dpop", "mtls")


@dataclass(frozen=True, slots=True, eq=False)
class Possession:
    """``wanted`` is what each token must be: bound to a key (``dpop``), to a certificate (``mtls``), True for either.

    ``origins``: those at which callers reach this API, with the path before ours where a proxy takes one away; empty
    where what a request says of itself is believed.
    ``nonces`` is None where proofs need none; ``proxies`` hand on clients' certificates.
    """

    wanted: bool | str = False
    origins: tuple[str, ...] = ()
    nonces: Nonces | None = field(default=None, repr=False)
    proxies: Proxies = NOBODY
    replays: Replays = field(default_factory=Replays, repr=False)

    def require(self, token: str, claims: Mapping[str, Any], by_proof: bool, call: Call) -> None:
        """Let ``token`` through, where whoever sent it holds what it is bound to.

        ``by_proof``: it came under the scheme DPoP. Raises ``Refusal``.
        """
        try:
            binding = bound.read(claims)
        except ValueError as error:
            raise invalid_token(f"the access token is not accepted: {error}") from None
        self._require_kind(binding, by_proof)
        if not binding:
            return
        sender = call.sender()
        jkt = self._proved(sender, token) if by_proof else None
        x5t = self._certified(sender, call) if binding.x5t else None
        if not binding.fits(Binding(jkt, x5t)):
            what = "certificate" if binding.jkt in (None, jkt) else "key"
            raise invalid_token(f"the access token is bound to another {what}", dpop=by_proof)

    def _require_kind(self, binding: Binding, by_proof: bool) -> None:
        if by_proof and binding.jkt is None:
            raise invalid_token("the access token is not bound to a key: send it as a bearer token")
        if binding.jkt is not None and not by_proof:
            raise invalid_token(
                "the access token is bound to a key: send it under the scheme DPoP, with a proof", dpop=True
            )
        kinds = {"dpop": binding.jkt, "mtls": binding.x5t, True: binding.jkt or binding.x5t, False: ""}
        if kinds[self.wanted] is None:
            raise invalid_token(
                "this API takes only access tokens that are bound to their sender", dpop=self.wanted != "mtls"
            )

    def _proved(self, sender: Sender, token: str) -> str:
        """The thumbprint of the key that signed the request's proof. Raises ``Refusal``."""
        if len(sender.proofs) != 1:
            raise bad_proof("send one proof, in the header field DPoP")
        now, nonces = time.time(), self.nonces
        try:
            proof = dpop.verify(
                sender.proofs[0],
                method=sender.method,
                url=self._urls(sender.url),
                now=now,
                access_token=token,
                algs=ALGS,
                nonce=(lambda nonce: nonces.is_good(nonce, now)) if nonces else None,
            )
            if not self.replays.spend(proof.jkt, proof.jti):
                raise bad_proof("the proof was used before (jti)")
        except dpop.NonceWanted as error:
            assert nonces is not None
            raise nonce_wanted(str(error), nonces.current(now)) from None
        except dpop.BadProof as error:
            raise bad_proof(str(error)) from None
        except Full:
            raise unavailable("too many proofs have come at once; try again") from None
        return proof.jkt

    def _urls(self, url: str) -> list[str]:
        """The request's URL, by each name of this API."""
        rest = url[len(urlsplit(url).scheme) + 3 :]
        path = rest[rest.find("/") :] if "/" in rest else "/"
        return [origin + path for origin in self.origins] or [url]

    def _certified(self, sender: Sender, call: Call) -> str:
        """The thumbprint of the connection's certificate. Raises ``Refusal``."""
        der = sender.certificate
        if der is None and sender.handed and call.addresses and self.proxies.hold(call.addresses[0]):
            der = client_cert.read(sender.handed)
        if der is None:
            raise invalid_token("the access token is bound to a certificate, and the connection shows none")
        return bound.certificate_thumbprint(der)


def possession(
    wanted: bool | str, origins: tuple[str, ...], nonces: bool | Secret | str, proxies: Proxies
) -> Possession:
    """What a guard's settings say. Raises ``ConfigError``."""
    if wanted not in KINDS:
        raise ConfigError('bound is True, False, "dpop" or "mtls"', field="bound")
    key: bytes | None = os.urandom(32) if nonces is True else None
    if isinstance(nonces, Secret | str):
        key = Secret.wrap(nonces).reveal().encode()
    return Possession(wanted, tuple(map(_base, origins)), Nonces(key) if key else None, proxies)


def _base(url: str) -> str:
    """An origin, with the path that a proxy takes away where it is given."""
    return origin_of(url) + urlsplit(url).path.rstrip("/")


def require_unbound(claims: Mapping[str, Any], wanted: bool | str) -> None:
    """Raises ``Refusal`` for a bound token, and where one is wanted: no request is here that could show whose it is."""
    if claims.get("cnf") is not None or wanted:
        raise invalid_token("an access token that is bound to its sender is checked with its request alone")
