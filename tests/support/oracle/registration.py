"""Bad registrations (RFC 7591 3.2.2), and strangers who would manage a client (RFC 7592)."""

from __future__ import annotations

import json
from typing import Any

from .row import BACK, Row


def registers(says: str, metadata: Any, ours: str, theirs: str = "", why: str = "", raw: str | None = None) -> Row:
    body = raw if raw is not None else json.dumps({"redirect_uris": [BACK]} | metadata)
    return Row(says, "registration", {}, ours, theirs, why, body=body)


OCT = {"keys": [{"kty": "oct", "k": "AAAA"}]}
ROWS = [
    registers(
        "what is no JSON",
        {},
        "400 invalid_client_metadata",
        "400 invalid_request",
        "RFC 7591 3.2.2 has this word for what cannot be accepted",
        raw="{",
    ),
    registers(
        "a list",
        {},
        "400 invalid_client_metadata",
        "400 invalid_request",
        "RFC 7591 3.2.2 has this word for what cannot be accepted",
        raw="[]",
    ),
    registers("nothing in it", {}, "400 invalid_redirect_uri", raw="{}"),
    Row(
        "a form",
        "registration",
        {"redirect_uris": BACK},
        "415 invalid_request",
        "400 invalid_request",
        "RFC 9110 15.5.16; the error's word is the same",
    ),
    registers("a redirect that is a script", {"redirect_uris": ["javascript:alert(1)"]}, "400 invalid_redirect_uri"),
    registers("a redirect with a fragment", {"redirect_uris": [BACK + "#x"]}, "400 invalid_redirect_uri"),
    registers(
        "a redirect without TLS",
        {"redirect_uris": ["http://rp.example.org/back"]},
        "400 invalid_redirect_uri",
        "201",
        "RFC 9700 2.6: a code does not travel in clear, but on this machine",
    ),
    registers("a redirect that is none", {"redirect_uris": ["x"]}, "400 invalid_redirect_uri"),
    registers(
        "redirects that are no list",
        {"redirect_uris": BACK},
        "400 invalid_client_metadata",
        "400 invalid_redirect_uri",
        "of the wrong type, which is no fault of an address",
    ),
    registers("a logo that is a script", {"logo_uri": "javascript:alert(1)"}, "400 invalid_client_metadata"),
    registers("a policy that is no URI", {"policy_uri": "x"}, "400 invalid_client_metadata"),
    registers("a method that there is not", {"token_endpoint_auth_method": "bork"}, "400 invalid_client_metadata"),
    registers("a grant that there is not", {"grant_types": ["bork"]}, "400 invalid_client_metadata"),
    registers("a response type that there is not", {"response_types": ["bork"]}, "400 invalid_client_metadata"),
    registers(
        "the implicit grant",
        {"grant_types": ["implicit"], "response_types": ["id_token"]},
        "400 invalid_client_metadata",
        "201",
        "RFC 9700 2.1.2: we do not have it",
    ),
    registers(
        "a response type without its grant",
        {"grant_types": ["refresh_token"]},
        "400 invalid_client_metadata",
        "201",
        "RFC 7591 2.1: the two go together",
    ),
    registers("a kind of subject that there is not", {"subject_type": "bork"}, "400 invalid_client_metadata"),
    registers("a kind of application that there is not", {"application_type": "bork"}, "400 invalid_client_metadata"),
    registers(
        "keys here and there",
        {"jwks": {"keys": []}, "jwks_uri": "https://rp.example.org/keys"},
        "400 invalid_client_metadata",
    ),
    registers("a shared key among the public ones", {"jwks": OCT}, "400 invalid_client_metadata"),
    registers("keys that are none", {"jwks": "x"}, "400 invalid_client_metadata"),
    registers("ID tokens without a signature", {"id_token_signed_response_alg": "none"}, "400 invalid_client_metadata"),
    registers(
        "private_key_jwt without a key",
        {"token_endpoint_auth_method": "private_key_jwt"},
        "400 invalid_client_metadata",
    ),
    registers("a name that is a number", {"client_name": 7}, "400 invalid_client_metadata"),
    registers("a negative default_max_age", {"default_max_age": -1}, "400 invalid_client_metadata"),
    registers("a scope that nobody may have", {"scope": "bork"}, "400 invalid_client_metadata"),
    Row("a client read without its token", "registration/web", {}, "401 invalid_token", method="GET"),
    Row(
        "a client read with another token",
        "registration/web",
        {},
        "401 invalid_token",
        method="GET",
        headers={"Authorization": "Bearer x"},
    ),
    Row(
        "a client removed with another token",
        "registration/web",
        {},
        "401 invalid_token",
        method="DELETE",
        headers={"Authorization": "Bearer x"},
    ),
    Row(
        "an unknown client",
        "registration/nobody",
        {},
        "401 invalid_token",
        method="GET",
        headers={"Authorization": "Bearer x"},
    ),
]
