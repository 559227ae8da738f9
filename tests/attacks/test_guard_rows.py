"""The rows of bad input that meet the guard, on real sockets in front of a small API (ASGI and WSGI)."""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn

from lychgate.guard import Guard, Issuer, keycloak
from support.issuer import TinyIssuer

API = "https://api.example.org"
Get = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture(scope="module")
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture(scope="module")
def other() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture(scope="module", params=["asgi", "wsgi"])
def get(request: pytest.FixtureRequest, issuer: TinyIssuer, other: TinyIssuer) -> Iterator[Get]:
    """Sends a GET with these header lines, exactly; answers status, header fields and body."""
    guard = Guard([Issuer(url=issuer.url), keycloak(other.url)], API)
    with _asgi(guard) if request.param == "asgi" else _wsgi(guard) as port:

        def send(*lines: tuple[str, str | bytes], path: str = "/") -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                connection.putrequest("GET", path, skip_host=any(name == "Host" for name, _ in lines))
                for name, value in lines:
                    connection.putheader(name, value)
                connection.endheaders()
                answer = connection.getresponse()
                return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            finally:
                connection.close()

        yield send


class _asgi:
    def __init__(self, guard: Guard) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"in"})

        self._server = uvicorn.Server(uvicorn.Config(guard.asgi(app), port=0, log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


class _wsgi:
    def __init__(self, guard: Guard) -> None:
        def app(environ: Any, start_response: Any) -> list[bytes]:
            start_response("200 OK", [])
            return [b"in"]

        class Quiet(WSGIRequestHandler):
            def log_message(self, *_: object) -> None:
                """Tests print no access log."""

        self._server = make_server("127.0.0.1", 0, guard.wsgi(app), handler_class=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return self._server.server_port

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def bearer(token: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {token}"


def refused(answer: tuple[int, dict[str, str], bytes]) -> bool:
    """401 with the challenge of RFC 6750 3, the error first and prose last."""
    status, headers, body = answer
    challenge = headers.get("www-authenticate", "")
    return status == 401 and challenge.startswith('Bearer error="invalid_token", resource_metadata=') and body != b"in"


def test_the_rows_start_from_a_token_that_is_accepted(get: Get, issuer: TinyIssuer) -> None:
    assert get(bearer(issuer.token(aud=[API])))[0] == 200
    assert get(("Authorization", f"bEaReR {issuer.token(aud=[API])}"))[0] == 200


@pytest.mark.parametrize("alg", ["none", "nOnE", "HS256-public"])
def test_row_16_an_algorithm_is_never_the_tokens_choice(get: Get, issuer: TinyIssuer, alg: str) -> None:
    assert refused(get(bearer(issuer.token(aud=[API], alg=alg))))


def test_row_16_an_empty_signature_is_refused(get: Get, issuer: TinyIssuer) -> None:
    assert refused(get(bearer(issuer.token(aud=[API]).rpartition(".")[0] + ".")))


@pytest.mark.parametrize(
    "header",
    [{"jwk": {"kty": "oct", "k": "AAAA"}}, {"jku": "JKU"}, {"x5c": ["AAAA"]}, {"kid": "../../x"}, {"kid": "' OR 1 --"}],
    ids=lambda header: next(iter(header)),
)
def test_row_17_a_key_never_comes_from_a_header_and_nothing_is_fetched(
    get: Get, issuer: TinyIssuer, other: TinyIssuer, header: dict[str, Any]
) -> None:
    header = {"jku": f"{other.url}/evil"} if "jku" in header else header
    assert refused(get(bearer(issuer.token(aud=[API], header=header))))
    assert other.asked["/evil"] == 0


@pytest.mark.parametrize(
    "spoiled", [{"header": {"crit": ["bork"]}}, {"header": {"b64": False}}, {"twin": True}], ids=str
)
def test_row_18_what_must_be_understood_is_not_ignored(get: Get, issuer: TinyIssuer, spoiled: dict[str, Any]) -> None:
    assert refused(get(bearer(issuer.token(aud=[API], **spoiled))))


@pytest.mark.parametrize("typ", [None, "JWT", "logout+jwt", "id_token", "secevent+jwt"])
def test_row_19_another_kind_of_token_is_no_access_token(get: Get, issuer: TinyIssuer, typ: str | None) -> None:
    assert refused(get(bearer(issuer.token(aud=[API], typ=typ))))


@pytest.mark.parametrize("kind", ["ID", "Refresh", "Offline", "Logout", "RegistrationAccessToken", None])
def test_row_19_at_keycloak_the_claim_tells_them_apart(get: Get, other: TinyIssuer, kind: str | None) -> None:
    fields = {"aud": [API], "azp": "wps", "typ": "JWT"}
    assert refused(get(bearer(other.token(**fields, claims={"typ": kind}))))
    assert get(bearer(other.token(**fields, claims={"typ": "Bearer"})))[0] == 200


@pytest.mark.parametrize(
    "claims",
    [{"aud": ["https://other.example.org"]}, {"aud": None}, {"aud": [API, 1]}, {"aud": {"a": API}}, {"iss_slash": True},
     {"iss": "https://evil.example.org"}, {"iss": None}, {"aud": API + "/"}],
    ids=str,
)  # fmt: skip
def test_row_20_audience_and_issuer_are_compared_exactly(get: Get, issuer: TinyIssuer, claims: dict[str, Any]) -> None:
    assert refused(get(bearer(issuer.token(**{"aud": [API], **claims}))))


@pytest.mark.parametrize("text", ["Bearer", "Bearer ", "Bearer null", "Bearer undefined", 'Bearer "x"', "Bearer é"])
def test_row_24_an_empty_or_made_up_credential_is_none(get: Get, text: str) -> None:
    assert get(("Authorization", text.encode()))[0] == 401


def test_row_24_an_unsigned_hash_of_a_token_is_no_token(get: Get, issuer: TinyIssuer) -> None:
    import hashlib

    token = issuer.token(aud=[API])
    assert get(bearer(token))[0] == 200
    assert refused(get(bearer(hashlib.sha256(token.encode()).hexdigest())))


def test_row_25_nothing_of_a_token_is_logged_or_answered(
    get: Get, issuer: TinyIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for token in (issuer.token(aud=[API], jti="a"), issuer.token(aud="https://other.example.org")):
        _, headers, body = get(bearer(token))
        for part in token.split("."):
            assert part not in caplog.text
            assert part.encode() not in body + str(headers).encode()


@pytest.mark.parametrize(
    "text",
    ["a" * 30_000, "." * 30_000, "e30." * 7000, "eyJ" + "W" * 20_000 + ".e30.x"],
    ids=["a", "dots", "parts", "deep"],
)
def test_row_26_oversized_tokens_are_refused_at_once(get: Get, text: str) -> None:
    begun = time.monotonic()
    assert get(bearer(text))[0] in (400, 401, 431)
    assert time.monotonic() - begun < 10


def test_row_27_no_address_in_a_token_is_ever_asked(get: Get, issuer: TinyIssuer, other: TinyIssuer) -> None:
    before = sum(other.asked.values())
    for claims in ({"iss": f"{other.url}/inner"}, {"iss": "http://169.254.169.254"}, {"jku": f"{other.url}/x"}):
        get(bearer(issuer.token(aud=[API], **claims)))
    assert sum(other.asked.values()) == before


def test_row_34_the_metadata_holds_no_host_of_the_request(get: Get, issuer: TinyIssuer, other: TinyIssuer) -> None:
    path = "/.well-known/oauth-protected-resource"
    evil = [("Host", "evil.example.org"), ("X-Forwarded-Host", "evil.example.org"), ("Forwarded", "host=evil")]
    status, _, body = get(*evil, path=path)
    assert status == 200
    assert b"evil" not in body
    assert issuer.url.encode() in body
    assert "evil" not in get(*evil)[1]["www-authenticate"]


def test_row_37_two_fields_and_two_tokens_in_one_are_a_bad_request(get: Get, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API])
    assert get(bearer(token), bearer(token))[0] == 400
    assert get(bearer(f"{token}, Bearer {token}"))[0] == 400
    assert get(bearer(f"{token} {token}"))[0] == 400


def test_row_37_a_token_in_the_url_is_not_read_and_not_taken_beside_another(get: Get, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API])
    assert get(path=f"/?access_token={token}")[0] == 401
    assert get(bearer(token), path=f"/?access_token={token}")[0] == 400
    assert get(bearer(token), path="/?access%5Ftoken=x")[0] == 400


@pytest.mark.parametrize("scheme", ["Basic", "DPoP", "Token", "Negotiate"])
def test_row_37_another_scheme_is_no_bearer_token(get: Get, issuer: TinyIssuer, scheme: str) -> None:
    assert get(("Authorization", f"{scheme} {issuer.token(aud=[API])}"))[0] == 401


def test_row_39_a_token_that_names_one_issuer_and_is_signed_by_the_other(
    get: Get, issuer: TinyIssuer, other: TinyIssuer
) -> None:
    for signer, named in ((issuer, other), (other, issuer)):
        assert refused(get(bearer(signer.token(aud=[API], iss=named.url, azp="wps"))))


@pytest.mark.parametrize("text", ["' OR 1=1 --", "*)(uid=*", "a\0b", "9" * 100_000, "<script>"], ids=range(5))
def test_row_41_injections_in_claims_and_kid_never_end_in_a_500(get: Get, issuer: TinyIssuer, text: str) -> None:
    for claims in ({"sub": text}, {"client_id": text}, {"jti": text}, {"header": {"kid": text}}, {"iss": text}):
        assert get(bearer(issuer.token(aud=[API], **claims)))[0] in (200, 401, 431, 400)


@pytest.mark.parametrize("exp", ["never", True, None, [], 1e400, 10**400, -1, float("nan")], ids=range(8))
def test_row_41_times_that_are_none_are_refused(get: Get, issuer: TinyIssuer, exp: Any) -> None:
    assert get(bearer(issuer.token(aud=[API], exp=exp)))[0] == 401
