"""Bad authorization requests (RFC 6749 4.1.2.1, RFC 7636, RFC 8707, RFC 9101, OpenID Connect Core 3.1.2)."""

from __future__ import annotations

from .row import BACK, Fields, Row, asked, near

A = "authorization"
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ3ZWIifQ."


def row(says: str, fields: Fields, ours: str, theirs: str = "", why: str = "", method: str = "") -> Row:
    return Row(says, A, fields, ours, theirs, why, method=method)


REDIRECTS = [
    row("no redirect_uri", asked(redirect_uri=None), "goes on"),
    row("another path", asked(redirect_uri=BACK + "/x"), "page 400"),
    row("a query more", asked(redirect_uri=BACK + "?x=1"), "page 400"),
    row("a fragment", asked(redirect_uri=BACK + "#x"), "page 400"),
    row("another case", asked(redirect_uri="https://rp.example.org/Back"), "page 400"),
    row("a host in capitals", asked(redirect_uri="https://RP.example.org/back"), "page 400"),
    row("dots in the path", asked(redirect_uri="https://rp.example.org/x/../back"), "page 400"),
    row("a user before the host", asked(redirect_uri="https://u@rp.example.org/back"), "page 400"),
    row("another host", asked(redirect_uri="https://evil.example/back"), "page 400"),
    row("http in place of https", asked(redirect_uri="http://rp.example.org/back"), "page 400"),
    row("the default port in words", asked(redirect_uri="https://rp.example.org:443/back"), "page 400"),
    row("another port at home", near(redirect_uri="http://127.0.0.1:9999"), "goes on"),
    row("another path at home", near(redirect_uri="http://127.0.0.1:8888/x"), "page 400"),
    row("localhost where 127.0.0.1 is registered", near(redirect_uri="http://localhost:8888"), "page 400"),
    row("no URI at all", asked(redirect_uri="x"), "page 400"),
    row("a script", asked(redirect_uri="javascript:alert(1)"), "page 400"),
    row(
        "no scope of any use and a foreign redirect",
        asked(redirect_uri="https://evil.example", scope="root"),
        "page 400",
    ),
    row("prompt none and a foreign redirect", asked(redirect_uri="https://evil.example", prompt="none"), "page 400"),
]

CLIENTS = [
    row("no client_id", asked(client_id=None), "page 400"),
    row("an unknown client", asked(client_id="nobody"), "page 400"),
    row("a NUL in the client's name", asked(client_id="web\0"), "page 400"),
    row("client_id twice", asked(client_id=["web", "web"]), "page 400"),
    row(
        "redirect_uri twice",
        asked(redirect_uri=[BACK, BACK]),
        "page 400",
        "back invalid_request",
        "no address is trusted that stands there twice",
    ),
    row(
        "state twice",
        asked(state=["a", "b"]),
        "page 400",
        "back invalid_request",
        "who says a thing twice is not believed: the redirect might stand there twice as well",
    ),
    row("scope twice", asked(scope=["openid", "openid"]), "page 400", "back invalid_request", "as state twice"),
    row("a parameter that nobody knows", asked(bork="1"), "goes on"),
]

TYPES = [
    row("no response_type", asked(response_type=None), "back invalid_request"),
    row("a response_type that is none", asked(response_type="bork"), "back unsupported_response_type"),
    row("the implicit grant", asked(response_type="token"), "back unsupported_response_type"),
    row("the hybrid flow", asked(response_type="code token"), "back unsupported_response_type"),
    row("Code in capitals", asked(response_type="CODE"), "back unsupported_response_type"),
    row(
        "response_type bad, by POST",
        asked(response_type="bork"),
        "back unsupported_response_type",
        "404",
        "OpenID Connect Core 3.1.2.1 wants both; the peer has GET alone unless it is told",
        method="POST",
    ),
    row(
        "a response_mode that is none",
        asked(response_mode="bork"),
        "back invalid_request",
        "back unsupported_response_mode",
        "unsupported_response_mode is a peer's own; RFC 6749 4.1.2.1 knows invalid_request",
    ),
    row("response_mode fragment", asked(response_mode="fragment"), "goes on"),
    row(
        "by DELETE",
        asked(),
        "405 invalid_request",
        "404",
        "RFC 9110 15.5.6: the address is there, the method is not",
        method="DELETE",
    ),
]

PKCE = [
    row(
        "no challenge, of a public client",
        near(code_challenge=None, code_challenge_method=None),
        "back invalid_request",
    ),
    row(
        "no challenge, of a confidential client",
        asked(code_challenge=None, code_challenge_method=None),
        "back invalid_request",
    ),
    row("a method without a challenge", near(code_challenge=None), "back invalid_request"),
    row("the method plain", near(code_challenge_method="plain"), "back invalid_request"),
    row("a challenge without a method, which is plain", near(code_challenge_method=None), "back invalid_request"),
    row("a method that is none", near(code_challenge_method="S512"), "back invalid_request"),
    row("a challenge of 42 characters", near(code_challenge="c" * 42), "back invalid_request"),
    row("a challenge of other characters", near(code_challenge="!" * 43), "back invalid_request"),
]

OPENID = [
    row("prompt none, and nobody is logged in", asked(prompt="none"), "back login_required"),
    row("prompt none and another", asked(prompt="none login"), "back invalid_request"),
    row("a prompt that is none", asked(prompt="bork"), "back invalid_request"),
    row("a negative max_age", asked(max_age="-1"), "back invalid_request"),
    row("a max_age that is no number", asked(max_age="soon"), "back invalid_request"),
    row("a language that nobody speaks", asked(ui_locales="tlh"), "goes on"),
    row("an acr that there is not", asked(acr_values="bork"), "goes on"),
    row("claims that are no JSON", asked(claims="{"), "back invalid_request"),
    row("claims that are a list", asked(claims="[]"), "back invalid_request"),
    row(
        "claims of an unknown place",
        asked(claims='{"bork": 1}'),
        "goes on",
        "back invalid_request",
        "OpenID Connect Core 5.5: other members are ignored where they are not understood",
    ),
    row("an id_token_hint that is none", asked(id_token_hint="x.y.z"), "back invalid_request"),
    row(
        "a scope that nobody knows",
        asked(scope="openid bork"),
        "back invalid_scope",
        "goes on",
        "RFC 6749 4.1.2.1 has a word for it; the peer leaves the scope out in silence",
    ),
    row("a scope of strange characters", asked(scope='openid "'), "back invalid_scope"),
    row(
        "an unsigned request object",
        asked(request=UNSIGNED),
        "back request_not_supported",
        "back invalid_request_object",
        "a client without keys has nothing to sign with: request objects are not for it",
    ),
    row("a request object that is no JWT", asked(request="x"), "back invalid_request_object"),
    row(
        "a request_uri at another place",
        asked(request_uri="https://rp.example.org/r"),
        "back request_uri_not_supported",
    ),
    row(
        "a request_uri that nobody pushed",
        asked(request_uri="urn:ietf:params:oauth:request_uri:x"),
        "page 400",
        "back invalid_request_uri",
        "RFC 9126 4: the redirect was pushed; what stands beside it is not believed",
    ),
    row(
        "request and request_uri",
        asked(request=UNSIGNED, request_uri="https://rp.example.org/r"),
        "back request_not_supported",
        "back invalid_request",
        "a client without keys: its request object is refused first",
    ),
    row("registration in the request", asked(registration="{}"), "back registration_not_supported"),
]

RESOURCES = [
    row("a resource that is no URI", asked(resource="x"), "back invalid_target"),
    row("a resource with a fragment", asked(resource="https://api.example.org/#x"), "back invalid_target"),
    row("a resource that is not known", asked(resource="https://api.example.org/"), "back invalid_target"),
]

ROWS = [*REDIRECTS, *CLIENTS, *TYPES, *PKCE, *OPENID, *RESOURCES]
