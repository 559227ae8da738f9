"""oidcc-server-rotate-keys, seen by a client that keeps the JWK set as long as it may and never looks between.

PyJWT's ``PyJWKClient`` would look again for a key that it does not know; here it may not, so that nothing is healed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.server.signing import key_rotation
from support.peers import needs
from support.person import PersonAtBrowser
from support.relying import EMAIL, PASSWORD, Relying, relying
from support.server import ACTOR, Server, poll, running

needs(module="jwt")

import jwt  # noqa: E402  after the check that it is there
from jwt import PyJWKClient  # noqa: E402

AHEAD, LIFETIME = 4, 3  # seconds
TOML = (
    f'registration = "open"\nlifetime = {LIFETIME}\nlongest_lifetime = {LIFETIME}\npublish_ahead = {AHEAD}\ngrace = 0\n'
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("rotation"), toml=TOML) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


def kept_for(server: Server) -> int:
    """The seconds for which the JWK set may be kept."""
    found = re.fullmatch(r"public, max-age=(\d+)", server.get("/jwks").headers["cache-control"])
    assert found is not None
    return int(found[1])


def verify(peer: PyJWKClient, server: Server, rp: Relying, token: str) -> str:
    """The id of the key, by those alone that the peer keeps."""
    kid = jwt.get_unverified_header(token)["kid"]
    keys = {key.key_id: key for key in peer.get_signing_keys()}
    claims = jwt.decode(token, keys[kid], algorithms=["RS256"], audience=rp.id, issuer=server.issuer, leeway=30)
    assert claims["sub"]
    return str(kid)


def renewed(rp: Relying, refresh: list[str]) -> str:
    """The next ID token of a login; ``refresh`` holds its refresh token."""
    reply = rp.server.post("/oauth2/token", {"grant_type": "refresh_token", "refresh_token": refresh[0]}, basic=rp.pair)
    assert reply.status == 200, reply.body
    refresh[0] = reply.json()["refresh_token"]
    return str(reply.json()["id_token"])


def is_published(server: Server, kid: str) -> bool:
    return kid in [key["kid"] for key in server.get("/jwks").json()["keys"]]


def test_a_client_that_keeps_the_keys_as_long_as_it_may_never_meets_one_that_it_does_not_know(server: Server) -> None:
    rp = relying(server, grant_types=["authorization_code", "refresh_token"])
    first: dict[str, Any] = rp.tokens(PersonAtBrowser(server.url))
    age = kept_for(server)
    assert 1 <= age < AHEAD
    peer = PyJWKClient(f"{server.url}/jwks", cache_jwk_set=True, lifespan=age)
    old, refresh, last = verify(peer, server, rp, first["id_token"]), [first["refresh_token"]], first["id_token"]
    new = server.operate(lambda engine: key_rotation.rotate(engine, ACTOR, "RS256")).kid
    began, used = time.monotonic(), old
    poll(lambda: is_published(server, new))
    assert time.monotonic() - began < AHEAD  # it is there before it signs
    while used == old:
        assert time.monotonic() - began < 30
        token = renewed(rp, refresh)
        used = verify(peer, server, rp, token)
        last = token if used == old else last
        time.sleep(0.05)
    assert used == new
    ends = jose.peek(last)[1]["exp"]
    while time.time() < ends - 0.3:  # the last token of the old key is good until its end
        assert is_published(server, old)
        assert verify(PyJWKClient(f"{server.url}/jwks"), server, rp, last) == old
        time.sleep(0.1)
    poll(lambda: not is_published(server, old), 15)
    assert verify(PyJWKClient(f"{server.url}/jwks"), server, rp, renewed(rp, refresh)) == new
