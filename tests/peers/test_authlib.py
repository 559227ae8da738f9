"""Authlib's clients, as they are, against the server: each method of client authentication, refresh, revocation.

Authlib takes any 4xx body without ``error`` for a token, sends an assertion without ``client_id``, and names the token
URL as its audience (wire.md of the document; authlib#730, #857).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.abroad import Abroad
from support.peers import needs
from support.server import Made, Server, running
from support.swap import ACCESS_TOKEN, BEARER, EXCHANGE

needs(module="authlib")
needs(module="requests")

from authlib.integrations.base_client.errors import OAuthError  # noqa: E402  after the check that it is there
from authlib.integrations.requests_client import AssertionSession, OAuth2Session  # noqa: E402
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT  # noqa: E402

TOKEN, FACADE = "/oauth2/token", "/api/v1/auth/jwt/token"
METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("authlib") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    owner = server.user_add("bennett@climateengine.com", "hunter2")
    return server.client_add(owner=owner.id, methods=METHODS, scopes=("read",))


def session(server: Server, made: Made, path: str, method: Any, **more: Any) -> OAuth2Session:
    return OAuth2Session(
        made.id,
        more.pop("secret", made.secret),
        token_endpoint=server.url + path,
        grant_type="client_credentials",
        token_endpoint_auth_method=method,
        **more,
    )


@pytest.mark.parametrize("path", [TOKEN, FACADE])
@pytest.mark.parametrize("method", METHODS)
def test_each_secret_method_brings_a_token_that_opens_the_api(
    server: Server, robot: Made, path: str, method: str
) -> None:
    chosen = ClientSecretJWT(server.url + path) if method == "client_secret_jwt" else method
    client = session(server, robot, path, chosen)
    first, second = client.fetch_token(), client.fetch_token()
    assert first["access_token"] != second["access_token"]
    assert client.get(server.url + "/api/v1/users/me").status_code == 200


def test_private_key_jwt_brings_a_token(server: Server) -> None:
    import json

    from lychgate.oauth import jose

    key = jose.generate("RS256")
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    made = server.client_add(methods=("private_key_jwt",), jwks=jwks)
    pem = key.as_pem(private=True)
    client = session(server, made, TOKEN, PrivateKeyJWT(server.url + TOKEN), secret=pem)
    assert client.fetch_token()["expires_in"] == 900


def test_a_wrong_secret_is_an_error_and_not_a_token(server: Server, robot: Made) -> None:
    for path in (TOKEN, FACADE):
        with pytest.raises(OAuthError) as caught:
            session(server, robot, path, "client_secret_basic", secret="wrong").fetch_token()
        assert caught.value.error == "invalid_client"


def test_its_repeated_jti_is_refused(server: Server, robot: Made) -> None:
    client = session(server, robot, TOKEN, ClientSecretJWT(server.url + TOKEN, claims={}))
    client.fetch_token()
    with pytest.raises(OAuthError, match="jti was used before"):
        client.fetch_token()


def test_it_renews_by_itself_before_the_end(server: Server) -> None:
    made = server.client_add(lifetime=61)
    client = session(server, made, TOKEN, "client_secret_basic")
    first = client.fetch_token()["access_token"]
    time.sleep(1.5)  # its own leeway of 60 s makes the token old by now
    client.get(server.url + "/health")
    assert client.token["access_token"] != first


def test_a_password_login_is_refreshed_and_revoked(server: Server) -> None:
    server.user_add("ada@example.org", "hunter2")
    made = server.client_add(grants=("password", "refresh_token"))
    client = OAuth2Session(made.id, made.secret, token_endpoint=server.url + TOKEN)
    token = client.fetch_token(username="ada@example.org", password="hunter2")
    renewed = client.refresh_token(server.url + TOKEN, refresh_token=token["refresh_token"])
    assert renewed["refresh_token"] != token["refresh_token"]
    told = client.introspect_token(server.url + "/oauth2/introspect", token=renewed["access_token"])
    assert told.json()["active"] is True
    client.revoke_token(server.url + "/oauth2/revoke", token=renewed["refresh_token"])
    told = client.introspect_token(server.url + "/oauth2/introspect", token=renewed["access_token"])
    assert told.json() == {"active": False}


def test_its_async_client_gets_tokens_too(server: Server, robot: Made) -> None:
    needs(module="httpx")
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    async def run() -> int:
        async with AsyncOAuth2Client(
            robot.id, robot.secret, token_endpoint=server.url + FACADE, grant_type="client_credentials"
        ) as client:
            await client.fetch_token()
            answer = await client.get(server.url + "/api/v1/users/me", timeout=20)
            return int(answer.status_code)

    assert asyncio.run(run()) == 200


def test_a_service_exchanges_a_persons_token_and_signs_an_assertion(server: Server) -> None:
    a, b = "https://a.example", "https://b.example"
    ada = server.user_add("exchanged@example.org", "hunter2")
    portal = server.client_add(grants=["password"], audiences=(a,))
    subject = server.token(portal, grant_type="password", username=ada.email, password="hunter2")
    grants = ["client_credentials", EXCHANGE, BEARER]
    service = server.client_add(grants=grants, audiences=(b,), resources=(a,))
    client = session(server, service, TOKEN, "client_secret_basic")
    form = {"subject_token": subject, "subject_token_type": ACCESS_TOKEN, "audience": b}
    token = client.fetch_token(grant_type=EXCHANGE, **form)
    assert token["issued_token_type"] == ACCESS_TOKEN
    assert server.is_active(token["access_token"], service)
    abroad = Abroad()
    abroad.trusted_by(server)
    asserting = AssertionSession(
        server.url + TOKEN,
        issuer=abroad.url,
        subject=ada.email,
        audience=server.issuer,
        claims={"jti": "one"},
        key=abroad.key.as_pem(private=True).decode(),
        header={"alg": "ES256"},
        grant_type=AssertionSession.JWT_BEARER_GRANT_TYPE,
    )
    asserting.auth = service.pair  # it sends no client authentication of its own
    assert server.is_active(asserting.refresh_token()["access_token"], service)


def test_the_documents_tutorial_runs_with_nothing_but_the_host_replaced(server: Server, robot: Made) -> None:
    seed = Path(__file__).parents[2].parent / "shared" / "seeds" / "5-climate-engine.txt"
    if not seed.exists():
        pytest.skip("the document is not here: ../shared/seeds/5-climate-engine.txt")
    cells = _cells(seed.read_text(encoding="utf-8"))
    assert len(cells) == 5
    space: dict[str, Any] = {}
    for cell in cells:
        exec(compile(cell.replace("https://auth.climateengine.com", server.url), "cell", "exec"), space)
    assert space["response"].status_code == 200
    assert space["response"].json()["email"] == "bennett@climateengine.com"


def _cells(text: str) -> list[str]:
    """The code of the document's cells, the first (``!pip install``) apart."""
    cells: list[str] = []
    for part in text.split("\nIn [")[2:]:
        lines = part.splitlines()[1:]
        code: list[str] = []
        for line in lines:
            if line.startswith(("status: ", "#### ", "### ", "Getting an access_token", "If you see")):
                break
            code.append(line)
        cells.append("\n".join(code))
    return cells
