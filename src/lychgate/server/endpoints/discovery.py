"""Discovery (RFC 8414, OpenID Connect Discovery 1.0): what this server really does, read off its tables."""

from __future__ import annotations

from typing import Any

from lychgate.oauth import jose
from lychgate.oauth.claims import BY_SCOPE, of_scopes
from lychgate.oauth.client_auth import METHODS
from lychgate.server.bound.client_certificates import METHODS as TLS_METHODS
from lychgate.server.engine import Engine
from lychgate.server.grants import GRANTS
from lychgate.server.pages.paths import PATHS
from lychgate.server.people.acr import OFFERED
from lychgate.server.policy import STANDARD_SCOPES
from lychgate.server.programs.registration import ALGS

REGISTER = "/oauth2/register"
AUTHORIZE, DEVICE, PAR = "/oauth2/authorize", "/oauth2/device", "/oauth2/par"
TOKEN, INTROSPECT, REVOKE = "/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"
USERINFO, JWKS = "/userinfo", "/jwks"
LOGIN_CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")
MAX_AGE = 300  # seconds that JWKS and metadata may be kept


def document(engine: Engine) -> dict[str, Any]:
    """The metadata of the main issuer, true in each field."""
    issuer = engine.issuer.url
    stem = issuer.rstrip("/")
    certificates = engine.config.certificates_from != "off"
    methods = [method for method in METHODS if method != "none"] + list(TLS_METHODS if certificates else ())
    algs = [*jose.SYMMETRIC, *jose.ASYMMETRIC]
    registration = {"registration_endpoint": stem + REGISTER} if engine.config.registers(issuer) != "closed" else {}
    return registration | {
        "issuer": issuer,
        "authorization_endpoint": stem + AUTHORIZE,
        "device_authorization_endpoint": stem + DEVICE,
        "pushed_authorization_request_endpoint": stem + PAR,
        "require_pushed_authorization_requests": False,
        "token_endpoint": stem + TOKEN,
        "introspection_endpoint": stem + INTROSPECT,
        "revocation_endpoint": stem + REVOKE,
        "userinfo_endpoint": stem + USERINFO,
        "jwks_uri": stem + JWKS,
        "end_session_endpoint": stem + PATHS["log_out"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": False,
        "grant_types_supported": list(GRANTS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(jose.ASYMMETRIC),
        "tls_client_certificate_bound_access_tokens": certificates,
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(jose.ASYMMETRIC),
        "require_request_uri_registration": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": True,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "scopes_supported": list(STANDARD_SCOPES),
        "claims_supported": [*LOGIN_CLAIMS, *of_scopes(BY_SCOPE)],
        "claim_types_supported": ["normal"],
        "acr_values_supported": list(OFFERED),
        "display_values_supported": ["page"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": list(ALGS),
        "userinfo_signing_alg_values_supported": list(ALGS),
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
    }
