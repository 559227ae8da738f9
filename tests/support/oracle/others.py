"""Bad requests at the other endpoints: RFC 9126, RFC 8628 3.1, RFC 7662, RFC 7009 and RFC 6750."""

from __future__ import annotations

from typing import Any

from .row import BACK, Fields, Row, asked
from .sides import Side


def token_of(name: str) -> Any:
    return lambda side: side.token(name)


def bearer(made: Any) -> dict[str, Any]:
    return {"Authorization": lambda side: f"Bearer {made(side)}"}


def pushed(says: str, fields: Fields, ours: str, theirs: str = "", why: str = "", sender: str = "web") -> Row:
    return Row(says, "par", fields, ours, theirs, why, sender=sender)


PUSHED = [
    pushed("nobody", asked(), "401 invalid_client", sender=""),
    pushed("no response_type", asked(response_type=None), "400 invalid_request"),
    pushed("another redirect_uri", asked(redirect_uri=BACK + "x"), "400 invalid_request"),
    pushed(
        "a request_uri",
        asked(request_uri="urn:x"),
        "400 invalid_request",
        "400 request_uri_not_supported",
        "RFC 9126 2.1: rejected, as a request that is not well formed",
    ),
    pushed(
        "a scope that nobody knows",
        asked(scope="openid bork"),
        "400 invalid_scope",
        "201",
        "as at the authorization endpoint, told at once",
    ),
    pushed("the method plain", asked(code_challenge_method="plain"), "400 invalid_request"),
    pushed("another client's name", asked(client_id="other"), "400 invalid_request"),
    Row("by GET", "par", asked(), "405 invalid_request", "404", "RFC 9126 2.3: 405", sender="web", method="GET"),
]

DEVICES = [
    Row(
        "nobody",
        "device",
        {},
        "401 invalid_client",
        "400 invalid_request",
        "RFC 6749 5.2: no client authentication is invalid_client",
    ),
    Row("an unknown client", "device", {"client_id": "nobody"}, "401 invalid_client"),
    Row(
        "a client without device codes",
        "device",
        {},
        "400 unauthorized_client",
        "400 invalid_request",
        "RFC 6749 5.2: unauthorized_client",
        sender="narrow",
    ),
    Row(
        "a scope that nobody knows",
        "device",
        {"scope": "bork"},
        "400 invalid_scope",
        "200",
        "as at the token endpoint",
        sender="web",
    ),
    Row(
        "by GET",
        "device",
        {},
        "405 invalid_request",
        "500",
        "RFC 9110 15.5.6; a fault of the peer",
        sender="web",
        method="GET",
    ),
]

INTROSPECTIONS = [
    Row("nobody", "introspection", {"token": "x"}, "401 invalid_client", "400 invalid_request", "RFC 7662 2.3: 401"),
    Row(
        "a public client",
        "introspection",
        {"token": "x"},
        "401 invalid_client",
        "200 inactive",
        "who proves nothing learns nothing (RFC 7662 2.1, 4)",
        sender="app",
    ),
    Row("no token", "introspection", {}, "400 invalid_request", sender="web"),
    Row("what is no token", "introspection", {"token": "x"}, "200 inactive", sender="web"),
    Row(
        "another client's token",
        "introspection",
        {"token": Side.own_token},
        "200 inactive",
        "200",
        "only whom a token is for, or whose it is, is told of it; the peer asks nothing",
        sender="other",
    ),
    Row(
        "another client's refresh token",
        "introspection",
        {"token": token_of("refresh_token")},
        "200 inactive",
        "200",
        "as another client's token",
        sender="other",
    ),
    Row(
        "a hint that nobody knows",
        "introspection",
        {"token": "x", "token_type_hint": "bork"},
        "200 inactive",
        sender="web",
    ),
    Row(
        "by GET",
        "introspection",
        {"token": "x"},
        "405 invalid_request",
        "404",
        "RFC 9110 15.5.6",
        sender="web",
        method="GET",
    ),
]

REVOCATIONS = [
    Row(
        "nobody",
        "revocation",
        {"token": "x"},
        "401 invalid_client",
        "400 invalid_request",
        "RFC 6749 5.2: no client authentication is invalid_client",
    ),
    Row("no token", "revocation", {}, "400 invalid_request", sender="web"),
    Row("what is no token", "revocation", {"token": "x"}, "200", sender="web"),
    Row(
        "another client's token",
        "revocation",
        {"token": token_of("refresh_token")},
        "200",
        "400 invalid_request",
        "nothing is told of it, and it lives on; RFC 7009 2.1 allows the peer's answer as well",
        sender="other",
    ),
    Row("a hint that nobody knows", "revocation", {"token": "x", "token_type_hint": "bork"}, "200", sender="web"),
    Row(
        "by GET",
        "revocation",
        {"token": "x"},
        "405 invalid_request",
        "404",
        "RFC 9110 15.5.6",
        sender="web",
        method="GET",
    ),
]

USERINFO = [
    Row("no token", "userinfo", {}, "401 invalid_token"),
    Row("what is no token", "userinfo", {}, "401 invalid_token", headers={"Authorization": "Bearer x"}),
    Row(
        "a token in the URL",
        "userinfo",
        {"access_token": token_of("access_token")},
        "401 invalid_token",
        "400 invalid_request",
        "RFC 6750 2.3: we do not look there, so there was no token",
    ),
    Row(
        "a token in the URL and in the header",
        "userinfo",
        {"access_token": "x"},
        "400 invalid_request",
        headers=bearer(token_of("access_token")),
    ),
    Row(
        "Basic in place of Bearer",
        "userinfo",
        {},
        "401 invalid_token",
        "400 invalid_request",
        "RFC 6750 3: there was no token; the answer says which kind is wanted",
        sender="web",
    ),
    Row("an ID token", "userinfo", {}, "401 invalid_token", headers=bearer(token_of("id_token"))),
    Row("a refresh token", "userinfo", {}, "401 invalid_token", headers=bearer(token_of("refresh_token"))),
    Row(
        "a client's own token",
        "userinfo",
        {},
        "403 insufficient_scope",
        "401 invalid_token",
        "the token is good, it has nobody to tell of (RFC 6750 3.1)",
        headers=bearer(Side.own_token),
    ),
]


ROWS = [*PUSHED, *DEVICES, *INTROSPECTIONS, *REVOCATIONS, *USERINFO]
