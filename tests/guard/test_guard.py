"""The guard in front of a small API, before a real issuer on a real socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import uvicorn

from lychgate.guard import Guard
from lychgate.kernel.errors import ConfigError, InsecureError
from support.issuer import TinyIssuer

API = "https://api.example.org"


async def who(scope: Any, receive: Any, send: Any) -> None:
    principal = scope["lychgate.principal"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": f"{principal.subject} {sorted(principal.roles)}".encode()})


@pytest.fixture
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@pytest.fixture
def serve(issuer: TinyIssuer) -> Iterator[Callable[..., str]]:
    """Serves the API behind a guard; answers its URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(**options: Any) -> str:
        guard = Guard(options.pop("issuer", issuer.url), options.pop("audience", API), **options)
        server = uvicorn.Server(uvicorn.Config(guard.asgi(who), port=0, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive()
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


def get(url: str, token: str | None) -> httpx2.Response:
    return httpx2.get(url, headers={} if token is None else {"Authorization": f"Bearer {token}"})


def test_a_good_token_reaches_the_handler_with_its_principal(serve: Any, issuer: TinyIssuer) -> None:
    answer = get(serve(), issuer.token(aud=[API], roles=["all-datasets"]))
    assert (answer.status_code, answer.text) == (200, "ada ['all-datasets']")


def test_no_credential_gets_a_bare_challenge(serve: Any) -> None:
    answer = get(serve(), None)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401,
        f'Bearer resource_metadata="{API}/.well-known/oauth-protected-resource"',
    )


BAD = {
    "alg none": {"alg": "none"},
    "odd case of none": {"alg": "nOnE"},
    "HS256 by the public key": {"alg": "HS256-public"},
    "a foreign audience": {"aud": "https://other.example.org"},
    "no audience": {"aud": None},
    "a foreign issuer": {"iss": "https://evil.example.org"},
    "the issuer with a slash": {"iss_slash": True},
    "an ID token's typ": {"typ": "JWT"},
    "no typ": {"typ": None},
    "expired": {"exp": 1},
    "expiry as a text": {"exp": "never"},
    "not valid yet": {"nbf": 4102444800},
    "crit": {"header": {"crit": ["bork"]}},
    "b64": {"header": {"b64": False}},
    "a key in the header": {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "a key's address in the header": {"header": {"jku": "http://127.0.0.1:9/"}},
    "a certificate in the header": {"header": {"x5c": ["AAAA"]}},
    "kid with a path": {"header": {"kid": "../../etc/passwd"}},
    "kid with SQL": {"header": {"kid": "' OR 1=1 --"}},
    "another key with our kid": {"forged": True},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_rows_16_to_20_a_bad_token_is_invalid_token(serve: Any, issuer: TinyIssuer, bad: dict[str, Any]) -> None:
    answer = get(serve(), issuer.token(**({"aud": [API]} | bad)))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


def test_row_18_a_name_that_stands_twice_is_refused(serve: Any, issuer: TinyIssuer) -> None:
    assert get(serve(), issuer.token(aud=[API], twin=True)).status_code == 401


@pytest.mark.parametrize("text", ["x", "a.b.c", "a" * 20_000, "..", "é.é.é"])
def test_what_is_no_jwt_is_refused_without_asking_the_issuer(serve: Any, issuer: TinyIssuer, text: str) -> None:
    answer = httpx2.get(serve(), headers=[(b"Authorization", b"Bearer " + text.encode())])
    assert answer.status_code == 401
    assert issuer.asked["/jwks"] == 0


def test_row_37_two_authorization_fields_are_a_bad_request(serve: Any, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API])
    lines = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert httpx2.get(serve(), headers=lines).status_code == 400


def test_row_37_a_token_in_the_url_is_no_credential(serve: Any, issuer: TinyIssuer) -> None:
    assert httpx2.get(serve(), params={"access_token": issuer.token(aud=[API])}).status_code == 401


def test_a_missing_scope_is_forbidden_and_named(serve: Any, issuer: TinyIssuer) -> None:
    url = serve(scope="read")
    refused = get(url, issuer.token(aud=[API], scope="write"))
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert 'scope="read"' in refused.headers["www-authenticate"]
    assert get(url, issuer.token(aud=[API], scope="read write")).status_code == 200


def test_the_keys_are_fetched_once_for_many_tokens_and_many_strange_kids(serve: Any, issuer: TinyIssuer) -> None:
    url = serve()
    for number in range(20):
        get(url, issuer.token(aud=[API]))
        get(url, issuer.token(aud=[API], header={"kid": f"strange-{number}"}))
    assert issuer.asked["/jwks"] == 1


def test_an_issuer_that_is_away_is_503_and_no_call_to_log_in(serve: Any, issuer: TinyIssuer) -> None:
    token = issuer.token(aud=[API])
    issuer.close()
    answer = get(serve(), token)
    assert answer.status_code == 503
    assert "www-authenticate" not in answer.headers


def test_row_36_a_token_of_a_removed_key_is_refused_though_it_was_accepted_before(issuer: TinyIssuer) -> None:
    guard = Guard(issuer.url, API)
    token = issuer.token(aud=[API])
    assert guard.verify(token).subject == "ada"
    issuer.rotate()
    keys = guard._verifier.checkers[issuer.url].keys
    assert keys is not None
    keys._fetched_at = keys._tried_at = 0.0  # as if the keys were old
    with pytest.raises(Exception, match="not accepted"):
        guard.verify(token)


def test_an_answer_never_holds_the_token(serve: Any, issuer: TinyIssuer) -> None:
    token = issuer.token(aud="https://other.example.org")
    answer = get(serve(), token)
    assert token not in answer.text + str(answer.headers)


def test_a_guard_without_audience_is_refused() -> None:
    with pytest.raises(ConfigError, match="audience"):
        Guard("https://auth.example.org", "")


def test_an_issuer_in_clear_text_is_refused() -> None:
    with pytest.raises(InsecureError):
        Guard("http://auth.example.org", API)
