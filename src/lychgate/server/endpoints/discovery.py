"""Discovery (RFC 8414, OpenID Connect Discovery 1.0): what this server really does, read off its tables."""

from __future__ import annotations

from typing import Any

from lychgate.oauth import jose
from lychgate.oauth.client_auth import METHODS
from lychgate.server.engine import Engine
from lychgate.server.grants import GRANTS

TOKEN, INTROSPECT, REVOKE = "/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"
USERINFO, JWKS = "/userinfo", "/jwks"
MAX_AGE = 300  # seconds that JWKS and metadata may be kept


def document(engine: Engine) -> dict[str, Any]:
    """The metadata of the main issuer, true in each field."""
    issuer = engine.issuer.url
    stem = issuer.rstrip("/")
    methods = [method for method in METHODS if method != "none"]
    algs = [*jose.SYMMETRIC, *jose.ASYMMETRIC]
    return {
        "issuer": issuer,
        "token_endpoint": stem + TOKEN,
        "introspection_endpoint": stem + INTROSPECT,
        "revocation_endpoint": stem + REVOKE,
        "userinfo_endpoint": stem + USERINFO,
        "jwks_uri": stem + JWKS,
        "grant_types_supported": list(GRANTS),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
    }
