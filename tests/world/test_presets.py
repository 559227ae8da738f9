"""The preset of the Climate Engine document: its tutorial in three lines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

import lychgate
from lychgate.kernel.errors import ConfigError, InsecureError
from support.api_server import Api, serve_api


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as served:
        yield served


def test_a_robot_gets_its_token_at_the_documents_path_and_calls_the_api(api: Api) -> None:
    api.instead = lambda seen: (
        (200, {}, b'{"access_token": "token-of-the-robot", "token_type": "bearer", "expires_in": 839}')
        if seen.path == "/api/v1/auth/jwt/token"
        else None
    )
    api.allow = lambda seen: seen.headers.get("authorization") == "Bearer token-of-the-robot"
    auth = lychgate.climate_engine(client_id="robot", client_secret="of-the-robot", url=api.url)
    assert requests.get(f"{api.url}/api/v1/users/me", auth=auth, timeout=10).status_code == 200
    asked = api.at("/api/v1/auth/jwt/token")[0]
    assert asked.body == b"grant_type=client_credentials"
    assert asked.headers["authorization"].startswith("Basic ")


def test_its_tokens_reach_the_original_api_from_the_original_server_alone() -> None:
    given = {"client_id": "robot", "client_secret": "of-the-robot"}
    assert "allowed" in lychgate.climate_engine(**given).explain("https://api.climateengine.com/x")
    elsewhere = lychgate.climate_engine(**given, url="https://auth.example.org")
    with pytest.raises(InsecureError):
        elsewhere.headers("https://api.climateengine.com/x")


def test_half_a_pair_is_an_error_that_names_both() -> None:
    with pytest.raises(ConfigError, match="client_id and client_secret"):
        lychgate.climate_engine(client_id="robot")
