"""Bad token requests, grant by grant (RFC 6749 5.2, RFC 7636 4.6, RFC 8628 3.5, RFC 8707)."""

from __future__ import annotations

from lychgate.oauth.device import GRANT as DEVICE

from .row import BACK, VERIFIER, Fields, Row, Value
from .sides import Side, basic

FORM = {"grant_type": "client_credentials"}


def row(says: str, fields: Fields, ours: str, theirs: str = "", why: str = "", sender: str = "web") -> Row:
    return Row(says, "token", fields, ours, theirs, why, sender=sender)


def code(**changed: Value) -> Fields:
    form = {"grant_type": "authorization_code", "code": Side.code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return form | changed


def refresh(**changed: Value) -> Fields:
    return {"grant_type": "refresh_token", "refresh_token": lambda side: side.token("refresh_token")} | changed


def device(**changed: Value) -> Fields:
    return {"grant_type": DEVICE, "device_code": Side.device_code} | changed


GRANTS = [
    row("no grant_type", {}, "400 invalid_request"),
    row("a grant that there is not", {"grant_type": "bork"}, "400 unsupported_grant_type"),
    row(
        "the password grant",
        {"grant_type": "password", "username": "ada", "password": "x"},
        "400 unauthorized_client",
        "400 unsupported_grant_type",
        "we have that grant, though not for this client",
    ),
    row("the implicit grant", {"grant_type": "implicit"}, "400 unsupported_grant_type"),
    row("a grant in capitals", {"grant_type": "CLIENT_CREDENTIALS"}, "400 unsupported_grant_type"),
    row("grant_type twice", {"grant_type": ["client_credentials", "client_credentials"]}, "400 invalid_request"),
    row(
        "a grant that the client does not have",
        FORM,
        "400 unauthorized_client",
        "400 invalid_request",
        "RFC 6749 5.2: unauthorized_client",
        sender="narrow",
    ),
    row(
        "a public client for itself",
        FORM,
        "400 unauthorized_client",
        "400 invalid_request",
        "RFC 6749 5.2: unauthorized_client",
        sender="app",
    ),
    row(
        "a scope that nobody knows",
        FORM | {"scope": "bork"},
        "400 invalid_scope",
        "200",
        "RFC 6749 5.2: invalid_scope; the peer leaves it out in silence",
    ),
    row("a resource that nobody knows", FORM | {"resource": "https://api.example.org/"}, "400 invalid_target"),
    row("a resource that is no URI", FORM | {"resource": "x"}, "400 invalid_target"),
    Row(
        "by GET",
        "token",
        FORM,
        "405 invalid_request",
        "404",
        "RFC 9110 15.5.6: the address is there, the method is not",
        sender="web",
        method="GET",
    ),
    Row(
        "as JSON",
        "token",
        {},
        "415 invalid_request",
        "400 invalid_request",
        "RFC 9110 15.5.16 says what is wrong with it; the error's word is the same",
        sender="web",
        body='{"grant_type": "client_credentials"}',
    ),
]

CLIENTS = [
    row(
        "nobody",
        FORM,
        "401 invalid_client",
        "400 invalid_request",
        "RFC 6749 5.2: no client authentication is invalid_client",
        sender="",
    ),
    row("an unknown client in the body", FORM | {"client_id": "nobody"}, "401 invalid_client", sender=""),
    row("a confidential client by its name alone", FORM | {"client_id": "web"}, "401 invalid_client", sender=""),
    row(
        "a wrong secret in the body", FORM | {"client_id": "web", "client_secret": "x"}, "401 invalid_client", sender=""
    ),
    row(
        "the right secret by another way than registered",
        FORM | {"client_id": "web", "client_secret": lambda side: side.secrets["web"]},
        "401 invalid_client",
        "200",
        "one registered method (RFC 7591 2); the peer takes either way to send a secret",
        sender="",
    ),
    row(
        "two ways at once",
        FORM | {"client_secret": lambda side: side.secrets["web"], "client_id": "web"},
        "400 invalid_request",
    ),
    row("another client_id in the body", FORM | {"client_id": "other"}, "400 invalid_request"),
    row(
        "an assertion of an unknown type",
        FORM | {"client_assertion_type": "bork", "client_assertion": "x"},
        "401 invalid_client",
        "400 invalid_request",
        "an authentication that fails, RFC 6749 5.2",
        sender="",
    ),
    *(
        Row(says, "token", FORM, *answers, headers={"Authorization": value})
        for says, value, *answers in [
            ("a wrong secret", basic("web", "x"), "401 invalid_client"),
            (
                "an empty secret",
                basic("web", ""),
                "401 invalid_client",
                "400 invalid_request",
                "an authentication that fails, RFC 6749 5.2, and with a challenge",
            ),
            ("an unknown client in the header", basic("nobody", "x"), "401 invalid_client"),
            (
                "Basic that is no base64",
                "Basic !!!",
                "401 invalid_client",
                "400 invalid_request",
                "an authentication that fails, RFC 6749 5.2, and with a challenge",
            ),
            (
                "Basic without a colon",
                "Basic d2Vi",
                "401 invalid_client",
                "400 invalid_request",
                "an authentication that fails, RFC 6749 5.2, and with a challenge",
            ),
            (
                "a scheme that nobody knows",
                "Bork web",
                "401 invalid_client",
                "400 invalid_request",
                "an authentication that fails, RFC 6749 5.2, and with a challenge",
            ),
        ]
    ),
]

CODES = [
    row("no code", code(code=None), "400 invalid_request"),
    row("an unknown code", code(code="x"), "400 invalid_grant"),
    row("another client's code", code(), "400 invalid_grant", sender="other"),
    row(
        "no redirect_uri",
        code(redirect_uri=None),
        "400 invalid_grant",
        "200",
        "RFC 6749 4.1.3 wants it where the request had it; the peer lets it be where only one is registered",
    ),
    row("another redirect_uri", code(redirect_uri=BACK + "x"), "400 invalid_grant"),
    row("no verifier", code(code_verifier=None), "400 invalid_grant"),
    row("a wrong verifier", code(code_verifier="w" * 43), "400 invalid_grant"),
    row(
        "a verifier that is too short",
        code(code_verifier="v" * 42),
        "400 invalid_grant",
        "400 invalid_request",
        "RFC 7636 4.6: what does not prove the challenge is invalid_grant",
    ),
    row("a code for the second time", code(code=Side.used_code), "400 invalid_grant"),
    row("code twice", code(code=["x", "x"]), "400 invalid_request"),
    row("a resource that was not allowed", code(resource="https://api.example.org/"), "400 invalid_target"),
]

REFRESHES = [
    row("no refresh_token", refresh(refresh_token=None), "400 invalid_request"),
    row("an unknown refresh token", refresh(refresh_token="x"), "400 invalid_grant"),
    row("another client's", refresh(), "400 invalid_grant", sender="other"),
    row(
        "an access token in its place",
        refresh(refresh_token=lambda side: side.token("access_token")),
        "400 invalid_grant",
    ),
    row("a wider scope", refresh(scope="openid offline_access email"), "400 invalid_scope"),
    row("a refresh for a scope that nobody knows", refresh(scope="bork"), "400 invalid_scope"),
    row(
        "a client without refresh tokens",
        refresh(),
        "400 unauthorized_client",
        "400 invalid_request",
        "RFC 6749 5.2: unauthorized_client",
        sender="narrow",
    ),
    row(
        "a public client's, by another one",
        refresh(refresh_token=lambda side: side.token("refresh_token", "app")),
        "400 unauthorized_client",
        "400 invalid_request",
        "RFC 6749 5.2: unauthorized_client",
        sender="lone",
    ),
]

DEVICES = [
    row("no device_code", device(device_code=None), "400 invalid_request"),
    row("an unknown device_code", device(device_code="x"), "400 invalid_grant"),
    row("nobody has answered yet", device(), "400 authorization_pending"),
    row(
        "asked twice at once",
        device(device_code=Side.polled_device_code),
        "400 slow_down",
        "400 authorization_pending",
        "RFC 8628 3.5: slow_down; the peer does not count",
    ),
    row("another client's device_code", device(), "400 invalid_grant", sender="other"),
    row(
        "a client without device codes",
        device(),
        "400 unauthorized_client",
        "400 invalid_request",
        "RFC 6749 5.2: unauthorized_client",
        sender="narrow",
    ),
]

ROWS = [*GRANTS, *CLIENTS, *CODES, *REFRESHES, *DEVICES]
