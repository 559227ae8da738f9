"""Keys that nobody has, so that a name that is not known here costs the same work as a known one with a wrong key."""

from __future__ import annotations

import os
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVES: dict[str, type[ec.EllipticCurve]] = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


@cache
def line(alg: str) -> str:
    """A public key (OpenSSH's line) by which ``alg`` is verified, and by which nothing was ever signed."""
    return _key(alg).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _key(alg: str) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    if alg in CURVES:
        return ec.generate_private_key(CURVES[alg]()).public_key()
    if alg.startswith("Ed"):
        return ed25519.Ed25519PrivateKey.generate().public_key()
    modulus = int.from_bytes(os.urandom(256), "big") | 1 << 2047 | 1  # of no known factors: nobody needs any
    return rsa.RSAPublicNumbers(65537, modulus).public_key()
