"""The FAPI 2.0 security profile: what both sides hold a client to (5.3 and 5.4)."""

from __future__ import annotations

PROFILE = "fapi2"  # as our settings call it
ALGS = ("PS256", "ES256", "EdDSA", "Ed25519")  # 5.4.1
METHODS = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})  # 5.3.2.1
RSA = "PS256"  # what an RSA key signs with
